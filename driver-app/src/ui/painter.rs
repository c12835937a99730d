//! The screen's two kinds of pictures: QR codes and the live scene. Each is made once and kept until it changes.

use fareway_shared::scene::{self, Motion};
use qrcode::{Color, EcLevel, QrCode};
use slint::{Image, Rgb8Pixel, SharedPixelBuffer};

/// How much finer than the scene its picture is; Slint scales the rest.
const SCALE: usize = 2;

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
        let [dark, low, high, light] = scene::shades(seed).map(|[r, g, b]| Rgb8Pixel { r, g, b });
        for (pixel, shade) in picture.make_mut_slice().iter_mut().zip(&self.doubled) {
            *pixel = match shade {
                0 => dark,
                1 => low,
                2 => high,
                _ => light,
            };
        }
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

/// Doubles a picture of shades; where two neighbours agree on a corner the corner takes their shade, so that edges come out
/// round instead of in steps.
fn double(from: &[u8], width: usize, to: &mut Vec<u8>) {
    to.resize(from.len() * 4, 0);
    let rows: Vec<&[u8]> = from.chunks_exact(width).collect();
    for ((y, row), pair) in rows.iter().enumerate().zip(to.chunks_exact_mut(width * 4)) {
        let above = y.checked_sub(1).and_then(|y| rows.get(y)).unwrap_or(row);
        let below = rows.get(y + 1).unwrap_or(row);
        let (upper, lower) = pair.split_at_mut(width * 2);
        let lefts = row.iter().take(1).chain(row.iter());
        let rights = row.iter().skip(1).chain(row.iter().skip(width - 1));
        let around = above.iter().zip(below.iter()).zip(lefts.zip(rights));
        let corners = upper.as_chunks_mut::<2>().0.iter_mut().zip(lower.as_chunks_mut::<2>().0.iter_mut());
        for ((here, ((up, down), (left, right))), (top, bottom)) in row.iter().zip(around).zip(corners) {
            if up != down && left != right {
                *top = [if left == up { *left } else { *here }, if up == right { *right } else { *here }];
                *bottom = [if left == down { *left } else { *here }, if down == right { *right } else { *here }];
            } else {
                (*top, *bottom) = ([*here; 2], [*here; 2]);
            }
        }
    }
}
