//! The program: reads the command line, starts the sandbox, prints one JSON line when it is ready, and
//! runs until it is told to stop.

use std::{
    io::{IsTerminal, stderr},
    process::ExitCode,
};

use alipay_sandbox::cli::Cli;
use clap::Parser;
use serde_json::json;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(stderr().is_terminal()).with_writer(stderr).init();
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("alipay-sandbox: {sentence}.");
            ExitCode::from(2)
        }
    }
}

async fn run(cli: Cli) -> Result<(), String> {
    let settings = cli.settings().map_err(|error| error.to_string())?;
    let running = alipay_sandbox::start(settings).await.map_err(|error| error.to_string())?;
    println!(
        "{}",
        json!({
            "ready": true,
            "addr": running.addr.to_string(),
            "wallet_addr": running.wallet_addr.to_string(),
            "gateway": running.gateway_url(),
            "authorize": running.authorize_url(),
            "wallet": running.wallet_url(),
        })
    );
    told_to_stop().await;
    running.stop().await;
    Ok(())
}

#[cfg(unix)]
async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}

#[cfg(not(unix))]
async fn told_to_stop() {
    drop(tokio::signal::ctrl_c().await);
}
