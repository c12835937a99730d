//! Every page in both languages, by day and night, drawn and looked at: `target/pictures/driver-app/*.png`.
#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::as_conversions, reason = "test code")]

use std::{
    collections::{BTreeSet, HashSet},
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use allsorts::{
    binary::read::ReadScope,
    font::{Font, MatchingPresentation},
    font_data::FontData,
};
use fareway_driver_app::{
    app::{Input, Screen},
    config::{Language, Theme},
    state::{Action, Page, Purpose},
    ui::{
        FONTS, Skin, gallery,
        headless::{Picture, Studio},
    },
};
use fareway_shared::{
    protocol::car::{Duty, TripStep},
    scene::Motion,
};
use jiff::tz::TimeZone;
use tokio::sync::mpsc::Receiver;

const SIZE: (u32, u32) = (800, 480);

fn skin(language: Language, theme: Theme) -> Skin {
    let zone = TimeZone::get("Asia/Shanghai").expect("a zone");
    Skin { language, theme, zone, motion: Motion::Full }
}

fn studio() -> Studio {
    Studio::open(skin(Language::Zh, Theme::Day), SIZE).expect("a screen in memory")
}

fn folder() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), PathBuf::from);
    let folder = target.join("pictures/driver-app");
    fs::create_dir_all(&folder).expect("the folder for pictures");
    folder
}

fn pixels(picture: &Picture) -> impl Iterator<Item = [u8; 3]> + '_ {
    picture.rgb.chunks_exact(3).map(|pixel| [pixel[0], pixel[1], pixel[2]])
}

/// Whether a pixel reads as green: clearly more green than red and blue.
fn is_green([red, green, blue]: [u8; 3]) -> bool {
    let (red, green, blue) = (i32::from(red), i32::from(green), i32::from(blue));
    green > red + 24 && green > blue + 12
}

fn share(picture: &Picture, test: impl Fn([u8; 3]) -> bool) -> f64 {
    let hits = u32::try_from(pixels(picture).filter(|pixel| test(*pixel)).count()).expect("a count");
    f64::from(hits) / f64::from(picture.width * picture.height)
}

fn codes(picture: &Picture) -> Vec<String> {
    let (width, height) = (picture.width as usize, picture.height as usize);
    let grey = |x: usize, y: usize| picture.rgb[(y * width + x) * 3 + 1];
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, grey);
    prepared.detect_grids().iter().filter_map(|grid| grid.decode().ok()).map(|(_, text)| text).collect()
}

fn scanned(screen: &Screen) -> Option<&str> {
    match &screen.view.page {
        Page::Bill(bill) => Some(&bill.link),
        Page::Vacant(code) => Some(&code.link),
        Page::Hired(hire) => Some(&hire.code.link),
        _ => None,
    }
}

#[test]
fn every_page_is_drawn_in_both_languages_by_day_and_night() {
    let mut studio = studio();
    let folder = folder();
    let mut seen = HashSet::new();
    for (language, tongue) in [(Language::Zh, "zh"), (Language::En, "en")] {
        for (theme, light) in [(Theme::Day, "day"), (Theme::Night, "night")] {
            studio.set_skin(skin(language, theme));
            for (name, screen) in gallery::all() {
                let picture = studio.draw(&screen, screen.as_of);
                let file = format!("{name}-{tongue}-{light}.png");
                picture.write_png(&folder.join(&file)).expect("the picture is written");
                assert_eq!((picture.width, picture.height), SIZE, "{file}");
                let colours: HashSet<[u8; 3]> = pixels(&picture).collect();
                assert!(colours.len() > 16, "{file} is blank");
                let verdict = matches!(screen.view.page, Page::Paid(_) | Page::NotPaid(_));
                assert!(seen.insert(picture.rgb.clone()) || verdict, "{file} looks like another page");
                let green = share(&picture, is_green);
                if matches!(screen.view.page, Page::Paid(_)) {
                    assert!(green > 0.5, "{file}: only {green:.2} of the paid face is green");
                } else {
                    assert!(green < 0.001, "{file}: {green:.4} of a page that is not PAID is green");
                }
                if let Some(link) = scanned(&screen) {
                    assert_eq!(codes(&picture), [link], "{file}: the code cannot be scanned");
                } else {
                    assert!(codes(&picture).is_empty(), "{file} shows a code");
                }
            }
        }
    }
}

#[test]
fn other_sizes_are_the_same_page_scaled() {
    let mut studio = studio();
    for size in [(1024, 600), (1280, 800), (480, 288)] {
        studio.resize(size);
        let screen = gallery::all().into_iter().find(|(name, _)| *name == "bill").expect("a bill").1;
        let picture = studio.draw(&screen, screen.as_of);
        picture.write_png(&folder().join(format!("bill-{}x{}.png", size.0, size.1))).expect("written");
        let link = scanned(&screen).expect("a link");
        assert_eq!(codes(&picture), [link], "the code cannot be scanned at {size:?}");
    }
}

#[test]
fn two_paid_pictures_one_second_apart_differ_and_the_same_instant_gives_the_same() {
    let mut studio = studio();
    let screen = gallery::paid();
    let at = |ms| screen.as_of + Duration::from_millis(ms);
    let first = studio.draw(&screen, at(0));
    let later = studio.draw(&screen, at(1000));
    let again = studio.draw(&screen, at(0));
    let changed = pixels(&first).zip(pixels(&later)).filter(|(a, b)| a != b).count();
    assert!(changed * 4 > 800 * 376, "only {changed} pixels changed within a second");
    assert!(first == again, "the same instant gave another picture");
    let tenth = studio.draw(&screen, at(100));
    assert!(tenth != first, "the clock stands still");
}

#[test]
fn reduced_motion_stands_still_within_the_second_but_its_clock_runs() {
    let mut studio = studio();
    studio.set_skin(Skin { motion: Motion::Reduced, ..skin(Language::Zh, Theme::Day) });
    let screen = gallery::paid();
    let first = studio.draw(&screen, screen.as_of);
    let later = studio.draw(&screen, screen.as_of + Duration::from_millis(300));
    let changed = pixels(&first).zip(pixels(&later)).filter(|(a, b)| a != b).count();
    assert!(changed > 0, "the clock stands still");
    assert!(changed < 2000, "{changed} pixels moved within the second");
}

#[test]
fn a_touch_on_a_verdict_dismisses_it_and_a_touch_on_the_keypad_types() {
    let mut studio = studio();
    let (inputs, mut touched) = tokio::sync::mpsc::channel(8);
    studio.connect(inputs);
    studio.draw(&gallery::paid(), Instant::now());
    studio.touch(400.0, 200.0);
    assert!(matches!(touched.try_recv().expect("a touch").action, Action::Dismiss));
    let keypad = gallery::all().into_iter().find(|(name, _)| *name == "keypad").expect("a keypad").1;
    studio.draw(&keypad, Instant::now());
    studio.touch(460.0, 120.0);
    assert!(matches!(touched.try_recv().expect("a touch").action, Action::KeyPress('1')));
}

/// Draws a sample, touches it in the middle of a place, and says what came of it.
fn touched(studio: &mut Studio, inputs: &mut Receiver<Input>, sample: &str, (x, y): (f32, f32)) -> Option<Action> {
    let screen = gallery::all().into_iter().find(|(name, _)| *name == sample).expect("a sample").1;
    studio.draw(&screen, screen.as_of);
    studio.touch(x, y);
    inputs.try_recv().ok().map(|input| input.action)
}

#[test]
fn every_touch_on_an_offer_and_a_trip_says_what_its_button_says() {
    let mut studio = studio();
    let (inputs, mut heard) = tokio::sync::mpsc::channel(8);
    studio.connect(inputs);
    let mut touch = |sample, place| touched(&mut studio, &mut heard, sample, place);
    assert!(matches!(touch("offer", (520.0, 420.0)), Some(Action::AcceptOffer)));
    assert!(matches!(touch("offer", (137.0, 420.0)), Some(Action::DeclineOffer)));
    for x in [40.0, 137.0, 300.0, 520.0, 760.0] {
        assert!(touch("offer-taken", (x, 420.0)).is_none(), "a taken offer was touched a second time at {x}");
    }
    assert!(matches!(touch("trip-assigned", (500.0, 416.0)), Some(Action::MoveTrip(TripStep::Depart))));
    assert!(matches!(touch("trip-on-the-way", (500.0, 416.0)), Some(Action::MoveTrip(TripStep::Arrive))));
    assert!(touch("trip-arrived", (550.0, 416.0)).is_none(), "words were touched");
    assert!(matches!(touch("trip-number", (550.0, 416.0)), Some(Action::OpenKeypad(Purpose::BoardingNumber))));
    assert!(matches!(touch("trip-silent", (385.0, 416.0)), Some(Action::OpenKeypad(Purpose::Fare))));
    for x in [90.0, 240.0, 550.0] {
        assert!(touch("trip-waiting", (x, 416.0)).is_none(), "the platform was asked twice");
    }
}

#[test]
fn a_trip_is_given_up_only_when_asked_once_more() {
    let mut studio = studio();
    let (inputs, mut heard) = tokio::sync::mpsc::channel(8);
    studio.connect(inputs);
    let (yes, no) = ((200.0, 425.0), (600.0, 425.0));
    for (place, name) in [((90.0, 416.0), "give-up"), ((240.0, 416.0), "nobody-came")] {
        // Asked and kept, asked and meant.
        for (answer, meant) in [(no, false), (yes, true)] {
            assert!(touched(&mut studio, &mut heard, "trip-arrived", place).is_none(), "{name} was not asked for");
            let screen = gallery::all().into_iter().find(|(name, _)| *name == "trip-arrived").expect("a trip").1;
            let asked = studio.draw(&screen, screen.as_of);
            asked.write_png(&folder().join(format!("trip-asks-{name}.png"))).expect("written");
            let said = touched(&mut studio, &mut heard, "trip-arrived", answer);
            let fits = match said {
                None => !meant,
                Some(Action::MoveTrip(TripStep::GiveUp)) => meant && name == "give-up",
                Some(Action::MoveTrip(TripStep::NoShow)) => meant && name == "nobody-came",
                _ => false,
            };
            assert!(fits, "{name} answered {answer:?} became {said:?}");
        }
    }
}

#[test]
fn the_driver_comes_on_shift_rests_and_goes() {
    let mut studio = studio();
    let (inputs, mut heard) = tokio::sync::mpsc::channel(8);
    studio.connect(inputs);
    let touches = [
        ("vacant-off", (260.0, 368.0), Duty::OnShift),
        ("vacant", (100.0, 368.0), Duty::Paused),
        ("vacant", (260.0, 368.0), Duty::LastJob),
        ("vacant", (422.0, 368.0), Duty::OffShift),
        ("vacant-rest", (140.0, 368.0), Duty::OnShift),
        ("vacant-rest", (380.0, 368.0), Duty::OffShift),
        ("hired-reserved", (140.0, 421.0), Duty::LastJob),
    ];
    for (sample, place, wanted) in touches {
        let said = touched(&mut studio, &mut heard, sample, place);
        assert!(matches!(said, Some(Action::SetDuty(duty)) if duty == wanted), "{sample} {place:?}: {said:?}");
    }
}

/// The texts in the pages that have a translation.
fn translatable(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            translatable(&path, found);
            continue;
        }
        let text = fs::read_to_string(&path).expect("a page");
        let texts = text.split("@tr(\"").skip(1).filter_map(|rest| rest.split('"').next());
        found.extend(texts.map(str::to_owned));
    }
}

#[test]
fn every_text_has_a_chinese_translation() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = BTreeSet::new();
    translatable(&root.join("ui"), &mut texts);
    let catalogue = fs::read_to_string(root.join("lang/zh/LC_MESSAGES/fareway-driver-app.po")).expect("the catalogue");
    assert!(texts.len() > 60, "only {} texts were found", texts.len());
    for text in texts {
        let entry = catalogue.split(&format!("msgid \"{text}\"\nmsgstr \"")).nth(1);
        let translation = entry.and_then(|rest| rest.split('"').next()).unwrap_or_default();
        assert!(!translation.is_empty(), "`{text}` has no translation");
        assert_eq!(text.matches("{}").count(), translation.matches("{}").count(), "`{text}` lost a place");
    }
}

#[test]
fn the_fonts_have_every_character_that_a_page_or_a_plate_can_show() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let catalogue = fs::read_to_string(root.join("lang/zh/LC_MESSAGES/fareway-driver-app.po")).expect("the catalogue");
    let mut texts = BTreeSet::new();
    translatable(&root.join("ui"), &mut texts);
    let plates =
        "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领警学港澳·ABCDEFGHJKLMNPQRSTUVWXYZ0123456789";
    let signs = "¥€£.,:+←→ kmHKRMTB$";
    for bytes in FONTS {
        let data = ReadScope::new(bytes).read::<FontData<'_>>().expect("a font");
        let mut font = Font::new(data.table_provider(0).expect("tables")).expect("a font");
        let all = catalogue.chars().chain(texts.iter().flat_map(|text| text.chars()));
        for character in all.chain(plates.chars()).chain(signs.chars()).filter(|character| !character.is_control()) {
            let (glyph, _) = font.lookup_glyph_index(character, MatchingPresentation::NotRequired, None);
            assert_ne!(glyph, 0, "a font has no glyph for `{character}`");
        }
    }
}
