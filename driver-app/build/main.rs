//! Compiles the screen's pages, and cuts the fonts down to the glyphs that they use. Without the `ui` feature it does
//! nothing, so that tests of the car need neither Slint nor a font.

#[cfg(feature = "ui")]
mod fonts;

#[cfg(feature = "ui")]
fn main() {
    println!("cargo::rerun-if-changed=ui");
    println!("cargo::rerun-if-changed=lang");
    if let Err(problem) = build() {
        println!("cargo::error={problem}");
    }
}

#[cfg(feature = "ui")]
fn build() -> Result<(), String> {
    let out = std::env::var("OUT_DIR").map_err(|_| "OUT_DIR is not set; build with cargo".to_owned())?;
    fonts::subset(std::path::Path::new(&out))?;
    let settings = slint_build::CompilerConfiguration::new()
        .with_include_paths(vec![out.into()])
        .with_style("fluent".into())
        .with_default_translation_context(slint_build::DefaultTranslationContext::None)
        .with_bundled_translations("lang");
    slint_build::compile_with_config("ui/app_window.slint", settings).map_err(|error| error.to_string())
}

#[cfg(not(feature = "ui"))]
fn main() {}
