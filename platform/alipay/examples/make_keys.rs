//! Makes an RSA key pair for an Alipay app, merchant or sandbox: `make_keys FOLDER NAME` writes `NAME.pem`, which only
//! its owner may read, and `NAME.public.pem`, which goes into Alipay's console. An existing key is never replaced.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    process::ExitCode,
};

use alipay_global::sign::PrivateKey;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, name] = arguments.as_slice() else {
        eprintln!("usage: make_keys FOLDER NAME");
        return ExitCode::from(2);
    };
    match make(Path::new(folder), name) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("make_keys: {folder}/{name}.pem cannot be written: {error}");
            ExitCode::FAILURE
        }
    }
}

fn make(folder: &Path, name: &str) -> io::Result<()> {
    let key = PrivateKey::generate().map_err(io::Error::other)?;
    let private = key.to_pem().map_err(io::Error::other)?;
    let public = key.public_key().map_err(io::Error::other)?.to_pem();
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(folder.join(format!("{name}.pem")))?;
    file.write_all(private.as_bytes())?;
    fs::write(folder.join(format!("{name}.public.pem")), public)
}
