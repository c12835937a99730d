//! The floor: a socket in, one RSA2 verification, one durable transaction with the same rows, a socket out.

use std::path::Path;

use alipay_global::{
    notice,
    sign::{SignType, VerifyingKey},
};
use sqlx::{
    Connection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// The rows of one capture, of about the sizes that the platform writes.
const TABLES: &str = "CREATE TABLE payment (id TEXT PRIMARY KEY, state TEXT, captured_at INTEGER);
    CREATE TABLE bill (id TEXT PRIMARY KEY, state TEXT, settled_at INTEGER);
    CREATE TABLE notice (id TEXT PRIMARY KEY, body BLOB);
    CREATE TABLE ledger_entry (id TEXT PRIMARY KEY, amount INTEGER);
    CREATE TABLE timer (id TEXT PRIMARY KEY, due_at INTEGER);
    CREATE TABLE vehicle (id INTEGER PRIMARY KEY, last_sequence INTEGER);
    CREATE TABLE car_message (id TEXT PRIMARY KEY, message TEXT);
    INSERT INTO vehicle VALUES (1, 0);";

/// Serves until it is killed: frames of a four-byte length and a body in, the same body out on the other socket.
pub(super) async fn run(folder: &Path) {
    let key = std::fs::read_to_string(folder.join("alipay.pem")).unwrap();
    let key = VerifyingKey::load(SignType::Rsa2, &key).unwrap();
    let options = SqliteConnectOptions::new()
        .filename(folder.join("floor.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut database = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(TABLES).execute(&mut database).await.unwrap();
    let (inward, outward) =
        (TcpListener::bind("127.0.0.1:0").await.unwrap(), TcpListener::bind("127.0.0.1:0").await.unwrap());
    println!("{}", serde_json::json!({ "in": inward.local_addr().unwrap(), "out": outward.local_addr().unwrap() }));
    let (mut input, _) = inward.accept().await.unwrap();
    let (mut output, _) = outward.accept().await.unwrap();
    input.set_nodelay(true).unwrap();
    output.set_nodelay(true).unwrap();
    while let Ok(length) = input.read_u32().await {
        let mut body = vec![0; usize::try_from(length).unwrap()];
        input.read_exact(&mut body).await.unwrap();
        let told = notice::verify(&body, &key).expect("the bench signs well");
        write_rows(&mut database, &told.out_trade_no, &body).await;
        output.write_u32(length).await.unwrap();
    }
}

async fn write_rows(database: &mut SqliteConnection, id: &str, body: &[u8]) {
    let mut tx = database.begin_with("BEGIN IMMEDIATE").await.unwrap();
    sqlx::query("INSERT INTO bill VALUES ($1, 'paid', 1)").bind(id).execute(&mut *tx).await.unwrap();
    sqlx::query("INSERT INTO payment VALUES ($1, 'captured', 1)").bind(id).execute(&mut *tx).await.unwrap();
    sqlx::query("INSERT INTO notice VALUES ($1, $2)").bind(id).bind(body).execute(&mut *tx).await.unwrap();
    sqlx::query("INSERT INTO ledger_entry VALUES ($1, 1)").bind(id).execute(&mut *tx).await.unwrap();
    sqlx::query("DELETE FROM timer WHERE id = $1").bind(id).execute(&mut *tx).await.unwrap();
    sqlx::query("UPDATE vehicle SET last_sequence = last_sequence + 1").execute(&mut *tx).await.unwrap();
    sqlx::query("INSERT INTO car_message VALUES ($1, $2)")
        .bind(id)
        .bind("x".repeat(700))
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}
