//! The screen's two kinds of pictures: QR codes and the live scene. Each is made once and kept until it changes.

use fareway_shared::scene::{self, Motion};
use qrcode::{Color, EcLevel, QrCode};
use slint::{Image, Rgb8Pixel, SharedPixelBuffer};

/// How much finer than the scene its picture is: doubled twice, so that edges are round. Slint scales the rest.
const SCALE: usize = 4;
/// So many shades in a row that are all the same are painted at once.
const RUN: usize = 8;

/// Makes pictures and remembers what the last ones were made from.
#[derive(Default)]
pub(super) struct Painter {
    code: Option<(String, Image)>,
    drawn: Option<([u8; 16], i64)>,
    small: Vec<u8>,
    doubled: Vec<u8>,
    /// Pictures of the scene in turn: while one is on the screen the other is painted, so that none is made afresh.
    easels: [Option<SharedPixelBuffer<Rgb8Pixel>>; 2],
}

impl Painter {
    /// A QR code of a link, one pixel a module; the page brings the quiet zone.
    pub(super) fn qr_code(&mut self, link: &str) -> Image {
        if let Some((_, image)) = self.code.as_ref().filter(|(known, _)| known == link) {
            return image.clone();
        }
        let image = paint_code(link).unwrap_or_default();
        self.code = Some((link.to_owned(), image.clone()));
        image
    }

    /// The live scene of an instant; `None` if it is the one that was drawn last.
    pub(super) fn scene(&mut self, seed: &[u8; 16], at_ms: i64, motion: Motion) -> Option<Image> {
        if self.drawn == Some((*seed, at_ms)) {
            return None;
        }
        self.drawn = Some((*seed, at_ms));
        self.small.resize(scene::WIDTH * scene::HEIGHT, 0);
        scene::draw(seed, at_ms, motion, &mut self.small);
        double(&self.small, scene::WIDTH, &mut self.doubled);
        let (width, height) = (u32::try_from(scene::WIDTH * SCALE).ok()?, u32::try_from(scene::HEIGHT * SCALE).ok()?);
        self.easels.swap(0, 1);
        let [easel, _] = &mut self.easels;
        let picture = easel.get_or_insert_with(|| SharedPixelBuffer::new(width, height));
        let colours = scene::shades(seed).map(|[r, g, b]| Rgb8Pixel { r, g, b });
        double_in_colours(&self.doubled, scene::WIDTH * 2, &colours, picture.make_mut_slice());
        Some(Image::from_rgb8(picture.clone()))
    }
}

fn paint_code(link: &str) -> Option<Image> {
    let code = QrCode::with_error_correction_level(link, EcLevel::M).ok()?;
    let side = u32::try_from(code.width()).ok()?;
    let full = side.checked_add(4)?;
    let mut buffer = SharedPixelBuffer::<Rgb8Pixel>::new(full, full);
    let white = Rgb8Pixel { r: 255, g: 255, b: 255 };
    let dark = Rgb8Pixel { r: 0, g: 0, b: 0 };
    buffer.make_mut_slice().fill(white);
    let rows = buffer.make_mut_slice().chunks_exact_mut(usize::try_from(full).ok()?).skip(2);
    for (row, modules) in rows.zip(code.to_colors().chunks(code.width())) {
        for (pixel, module) in row.iter_mut().skip(2).zip(modules) {
            if *module == Color::Dark {
                *pixel = dark;
            }
        }
    }
    Some(Image::from_rgb8(buffer))
}

/// Doubles a picture of shades.
fn double(from: &[u8], width: usize, to: &mut Vec<u8>) {
    to.resize(from.len() * 4, 0);
    for (around, pair) in rows(from, width).zip(to.chunks_exact_mut(width * 4)) {
        let (upper, lower) = pair.split_at_mut(width * 2);
        let corners = upper.as_chunks_mut::<2>().0.iter_mut().zip(lower.as_chunks_mut::<2>().0.iter_mut());
        for (x, (top, bottom)) in corners.enumerate() {
            (*top, *bottom) = around.corners(x);
        }
    }
}

/// Doubles a picture of shades and gives each its colour. Most of a scene is plain, and is painted in runs.
fn double_in_colours(from: &[u8], width: usize, colours: &[Rgb8Pixel; 4], to: &mut [Rgb8Pixel]) {
    let colour = |shade: u8| colours.get(usize::from(shade)).copied().unwrap_or_default();
    let runs = [0, 1, 2, 3].map(|shade| [colour(shade); RUN * 2]);
    for (around, pair) in rows(from, width).zip(to.chunks_exact_mut(width * 4)) {
        let (upper, lower) = pair.split_at_mut(width * 2);
        let runs_out = upper.chunks_mut(RUN * 2).zip(lower.chunks_mut(RUN * 2));
        for (start, (top, bottom)) in (0..width).step_by(RUN).zip(runs_out) {
            if let Some(run) = around.plain_run(start).and_then(|shade| runs.get(usize::from(shade)))
                && top.len() == run.len()
            {
                top.copy_from_slice(run);
                bottom.copy_from_slice(run);
                continue;
            }
            let corners = top.as_chunks_mut::<2>().0.iter_mut().zip(bottom.as_chunks_mut::<2>().0.iter_mut());
            for (x, (top, bottom)) in (start..).zip(corners) {
                let (upper, lower) = around.corners(x);
                (*top, *bottom) = (upper.map(colour), lower.map(colour));
            }
        }
    }
}

/// A row of shades with its neighbours; at the edges it is its own.
struct Row<'a> {
    above: &'a [u8],
    here: &'a [u8],
    below: &'a [u8],
}

fn rows(from: &[u8], width: usize) -> impl Iterator<Item = Row<'_>> {
    let row = move |y: usize| from.get(y * width..(y + 1) * width);
    (0..from.len() / width).filter_map(move |y| {
        let here = row(y)?;
        let above = y.checked_sub(1).and_then(row).unwrap_or(here);
        Some(Row { above, here, below: row(y + 1).unwrap_or(here) })
    })
}

impl Row<'_> {
    /// The four quarters of one shade, upper and lower. Where two neighbours agree on a corner it takes their shade, so that
    /// edges come out round instead of in steps.
    #[inline]
    fn corners(&self, x: usize) -> ([u8; 2], [u8; 2]) {
        let at = |row: &[u8], x: usize| row.get(x).copied();
        let here = at(self.here, x).unwrap_or_default();
        let (up, down) = (at(self.above, x).unwrap_or(here), at(self.below, x).unwrap_or(here));
        let left = x.checked_sub(1).and_then(|x| at(self.here, x)).unwrap_or(here);
        let right = at(self.here, x + 1).unwrap_or(here);
        if up == down || left == right {
            return ([here; 2], [here; 2]);
        }
        let corner = |one, other| if one == other { one } else { here };
        ([corner(left, up), corner(right, up)], [corner(left, down), corner(right, down)])
    }

    /// The shade of a run that is the same all over, so that no neighbour to its sides matters: a corner needs one above or
    /// below that differs.
    #[inline]
    fn plain_run(&self, start: usize) -> Option<u8> {
        let word = |row: &[u8]| row.get(start..)?.first_chunk::<RUN>().map(|run| u64::from_le_bytes(*run));
        let here = word(self.here)?;
        let shade = here.to_le_bytes()[0];
        let plain = here == u64::from_le_bytes([shade; RUN]) && word(self.above)? == here && word(self.below)? == here;
        plain.then_some(shade)
    }
}
