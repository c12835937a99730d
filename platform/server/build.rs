//! Embeds the built web pages: writes a table of every file in `platform/web/dist`, or an empty one if they were not
//! built (`cargo xtask web` builds them). Read by `src/http/assets.rs`.

use std::{
    collections::BTreeMap,
    error::Error,
    fmt::Write,
    fs,
    hash::{DefaultHasher, Hasher},
    path::{Path, PathBuf},
};

fn main() -> Result<(), Box<dyn Error>> {
    let package = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    let web = package.join("../web");
    let dist = web.join("dist");
    let mut files = BTreeMap::new();
    if dist.is_dir() {
        collect(&dist, &dist, &mut files)?;
    }
    // A path that does not exist would make every build start over, so the nearest one that does is watched instead.
    let watched = [dist, web].into_iter().find(|path| path.is_dir()).unwrap_or_else(|| package.join(".."));
    println!("cargo::rerun-if-changed={}", watched.display());
    println!("cargo::rerun-if-changed=build.rs");
    let mut table = String::from("static ASSETS: &[Asset] = &[\n");
    for (path, file) in &files {
        let bytes = fs::read(file)?;
        let mut hasher = DefaultHasher::new();
        hasher.write(&bytes);
        writeln!(
            table,
            "    Asset {{ path: {path:?}, content_type: {:?}, tag: \"{:016x}-{:x}\", bytes: include_bytes!({:?}) }},",
            content_type(path),
            hasher.finish(),
            bytes.len(),
            file.canonicalize()?,
        )?;
    }
    table.push_str("];\n");
    fs::write(PathBuf::from(std::env::var("OUT_DIR")?).join("assets.rs"), table)?;
    Ok(())
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else {
            let name = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            files.insert(name, path);
        }
    }
    Ok(())
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}
