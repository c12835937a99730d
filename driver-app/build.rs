//! Compiles the screen's pages.

#[cfg(feature = "ui")]
fn main() {
    if let Err(error) = slint_build::compile("ui/app_window.slint") {
        println!("cargo::error={error}");
    }
}

#[cfg(not(feature = "ui"))]
fn main() {}
