//! The screen's two fonts, cut from Debian's `fonts-noto-cjk`: every character of the pages and their translations, Latin,
//! the characters of number plates, and in the regular one the 6,763 of GB 2312, in which the platform's sentences,
//! passengers' names and places are written. Whatever a text needs and the font lacks stops the build.

use std::{collections::BTreeSet, fs, path::Path};

use allsorts::{
    binary::read::ReadScope,
    font::{Font, MatchingPresentation},
    font_data::FontData,
    subset::{CmapTarget, SubsetProfile, subset as cut},
};

const FOLDER: &str = "/usr/share/fonts/opentype/noto";
/// Noto Sans CJK SC in the collection.
const FACE_SC: usize = 2;

/// First characters of plates, and the special ones (GA 36).
const PLATES: &str =
    "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领警学港澳挂试超临电民航应急消防军·";
const SIGNS: &str = "¥€£₩·•…—–“”‘’×÷°±№→←↑↓✓✕，。、；：？！（）《》「」％／～　";

/// Writes `fareway-regular.otf`, `fareway-bold.otf` and the list of their characters into `out`.
pub(crate) fn subset(out: &Path) -> Result<(), String> {
    let written = written_characters()?;
    let mut all: BTreeSet<char> = written.clone();
    all.extend(' '..='~');
    all.extend('\u{a1}'..='\u{ff}');
    all.extend(PLATES.chars().chain(SIGNS.chars()));
    for (name, file) in [("Regular", "fareway-regular.otf"), ("Bold", "fareway-bold.otf")] {
        let source = format!("{FOLDER}/NotoSansCJK-{name}.ttc");
        println!("cargo::rerun-if-changed={source}");
        let bytes = fs::read(&source).map_err(|error| {
            format!(
                "{source}: {error}. The screen's fonts come from the Debian package fonts-noto-cjk; please install it"
            )
        })?;
        let mut wanted = all.clone();
        if name == "Regular" {
            wanted.extend(common_characters());
        }
        let font = cut_font(&bytes, &wanted, &written).map_err(|problem| format!("{source}: {problem}"))?;
        fs::write(out.join(file), font).map_err(|error| format!("{file}: {error}"))?;
    }
    Ok(())
}

/// Every character of the pages and their translations.
fn written_characters() -> Result<BTreeSet<char>, String> {
    let mut characters = BTreeSet::new();
    let mut folders = vec![Path::new("ui").to_owned(), Path::new("lang").to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))? {
            let path = entry.map_err(|error| error.to_string())?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
                characters.extend(text.chars().filter(|character| !character.is_control()));
            }
        }
    }
    Ok(characters)
}

fn common_characters() -> impl Iterator<Item = char> {
    (0xb0..=0xf7_u8).flat_map(|row| (0xa1..=0xfe_u8).map(move |cell| [row, cell])).filter_map(|pair| {
        let (text, _, wrong) = encoding_rs::GBK.decode(&pair);
        text.chars().next().filter(|character| !wrong && ('\u{4e00}'..='\u{9fff}').contains(character))
    })
}

fn cut_font(bytes: &[u8], wanted: &BTreeSet<char>, needed: &BTreeSet<char>) -> Result<Vec<u8>, String> {
    let data = ReadScope::new(bytes).read::<FontData<'_>>().map_err(|error| error.to_string())?;
    let provider = data.table_provider(FACE_SC).map_err(|error| error.to_string())?;
    let mut font = Font::new(provider).map_err(|error| error.to_string())?;
    let mut glyphs = BTreeSet::from([0]);
    for character in wanted {
        match font.lookup_glyph_index(*character, MatchingPresentation::NotRequired, None).0 {
            0 if needed.contains(character) => return Err(format!("it has no glyph for `{character}`")),
            glyph => glyphs.insert(glyph),
        };
    }
    let glyphs: Vec<u16> = glyphs.into_iter().collect();
    cut(&font.font_table_provider, &glyphs, &SubsetProfile::Minimal, CmapTarget::Unicode)
        .map_err(|error| error.to_string())
}
