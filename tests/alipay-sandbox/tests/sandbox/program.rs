//! The program itself: flags, the ready line, and one sentence when it cannot start.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::house::{APP_ID, MD5_KEY, PARTNER, alipay_key, merchant_key};

struct Keys {
    folder: TempDir,
}

impl Keys {
    fn on_disk() -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("alipay.pem"), alipay_key().to_pem().unwrap().as_bytes()).unwrap();
        fs::write(folder.path().join("merchant.pub"), merchant_key().public_key().unwrap().to_pem()).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn program(port: u16, private_key: &Path, public_key: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_alipay-sandbox"));
    command.args(["--port", &port.to_string(), "--md5-key", MD5_KEY, "--app-id", APP_ID, "--partner", PARTNER]);
    command.arg("--alipay-private-key").arg(private_key).arg("--merchant-public-key").arg(public_key);
    command
}

fn ready_line(command: &mut Command) -> (Child, Value) {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (child, serde_json::from_str(&line).unwrap())
}

fn stop(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

fn sentence(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}

#[tokio::test]
async fn it_says_where_it_listens_in_one_line_of_json() {
    let keys = Keys::on_disk();
    let (child, ready) = ready_line(&mut program(0, &keys.path("alipay.pem"), &keys.path("merchant.pub")));
    let state = format!("http://{}/sandbox/state", ready["addr"].as_str().unwrap());
    assert_eq!(reqwest::get(state).await.unwrap().status(), 200);
    let wallet = reqwest::get(ready["wallet"].as_str().unwrap()).await.unwrap();
    assert_eq!(wallet.status(), 200);
    assert!(ready["gateway"].as_str().unwrap().ends_with("/gateway.do"));
    stop(child);
}

#[tokio::test]
async fn a_file_names_several_merchants_and_flags_win_over_it() {
    let keys = Keys::on_disk();
    let config = keys.path("sandbox.toml");
    let text = format!(
        "port = 1\nalipay_private_key = \"alipay.pem\"\nresend = \"1s,2s\"\n\
         [[apps]]\napp_id = \"{APP_ID}\"\npublic_key = \"merchant.pub\"\n\
         [[merchants]]\npartner = \"{PARTNER}\"\nname = \"Star\"\nmd5_key = \"{MD5_KEY}\"\n\
         [[merchants]]\npartner = \"2088101122136242\"\npublic_key = \"merchant.pub\"\nsign_types = [\"RSA2\"]\n"
    );
    fs::write(&config, &text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_alipay-sandbox"));
    let (child, ready) = ready_line(command.args(["--port", "0", "--config"]).arg(&config));
    assert_ne!(ready["addr"], "127.0.0.1:1");
    stop(child);

    fs::write(&config, text.replace("resend", "resent")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_alipay-sandbox"));
    let said = sentence(&command.arg("--config").arg(&config).output().unwrap());
    assert!(said.contains("sandbox.toml") && said.contains("resent"), "{said}");
}

#[test]
fn a_key_that_is_missing_or_wrong_is_named() {
    let keys = Keys::on_disk();
    let (private, public) = (keys.path("alipay.pem"), keys.path("merchant.pub"));
    let said = sentence(&program(0, &keys.path("none.pem"), &public).output().unwrap());
    assert!(said.contains("none.pem") && said.contains("--alipay-private-key"), "{said}");
    let said = sentence(&program(0, &private, &private).output().unwrap());
    assert!(said.contains("--merchant-public-key") && said.contains("public key is needed"), "{said}");
    let said = sentence(program(0, &private, &public).args(["--partner", "123"]).output().as_ref().unwrap());
    assert!(said.contains("PID"), "{said}");
}

#[test]
fn a_port_that_is_taken_is_named() {
    let keys = Keys::on_disk();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let said = sentence(&program(port, &keys.path("alipay.pem"), &keys.path("merchant.pub")).output().unwrap());
    assert!(said.contains(&format!("127.0.0.1:{port}")) && said.contains("--port"), "{said}");
}
