//! A taximeter bridge that says what a test tells it, over a real loopback socket. The real bridge and a simulated meter
//! on a serial line have tests of their own and run in the demo.

use std::{net::SocketAddr, sync::Arc};

use fareway_shared::{
    meter::{MeterState, RunningFare, TripRecord},
    money::Money,
    protocol::meter::{MeterNotice, ToBridge},
    time::{Clock, SystemClock},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::{Mutex, broadcast},
};

/// The bridge and the meter behind it.
#[derive(Clone, Debug)]
pub struct Meter {
    /// Where the in-car app connects.
    pub address: SocketAddr,
    says: broadcast::Sender<MeterNotice>,
    spool: Arc<Mutex<Vec<(u64, TripRecord)>>>,
    state: Arc<Mutex<MeterState>>,
}

impl Meter {
    /// A meter that stands for hire.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (says, _) = broadcast::channel(64);
        let meter = Self {
            address: listener.local_addr().unwrap(),
            says,
            spool: Arc::default(),
            state: Arc::new(Mutex::new(MeterState::Vacant)),
        };
        let served = meter.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(served.clone().serve(stream));
            }
        });
        meter
    }

    async fn serve(self, stream: TcpStream) {
        let mut says = self.says.subscribe();
        let (reader, mut writer) = stream.into_split();
        let mut lines = BufReader::new(reader).lines();
        let mut opening = vec![
            MeterNotice::Hello { protocol: "jtt905".into(), gives_fare: true },
            MeterNotice::State { state: *self.state.lock().await, stale: false, forced: false, at: SystemClock.now() },
        ];
        let spool = self.spool.lock().await.clone();
        opening.extend(spool.into_iter().map(|(spool, record)| MeterNotice::TripEnded { spool, record }));
        for notice in opening {
            if say(&mut writer, &notice).await.is_err() {
                return;
            }
        }
        loop {
            tokio::select! {
                notice = says.recv() => match notice {
                    Ok(notice) if say(&mut writer, &notice).await.is_ok() => {}
                    _ => return,
                },
                line = lines.next_line() => match line {
                    Ok(Some(line)) => {
                        let ToBridge::TripStored { spool } = serde_json::from_str(&line).unwrap();
                        self.spool.lock().await.retain(|(kept, _)| *kept != spool);
                    }
                    _ => return,
                },
            }
        }
    }

    async fn state(&self, state: MeterState) {
        *self.state.lock().await = state;
        // Nobody listening is fine: the state is told at the next connection.
        let _ = self.says.send(MeterNotice::State { state, stale: false, forced: false, at: SystemClock.now() });
    }

    /// The meter is for hire.
    pub async fn vacant(&self) {
        self.state(MeterState::Vacant).await;
    }

    /// The driver starts a hire.
    pub async fn hired(&self) {
        let _ = self.says.send(MeterNotice::TripStarted { started: None, at: SystemClock.now() });
        self.state(MeterState::Hired { time_running: true }).await;
    }

    /// The meter shows a running fare.
    pub fn shows(&self, amount: Money, distance_m: u32) {
        let fare = RunningFare { amount, distance_m, heard_at: SystemClock.now() };
        let _ = self.says.send(MeterNotice::Fare { fare: Some(fare) });
    }

    /// The hire ends with this record; the meter is for hire again at once, as 905.2 meters are.
    pub async fn stops(&self, trip_no: u32, amount: Money, late: bool) {
        let record = TripRecord {
            meter_id: "M1".into(),
            trip_no,
            boarded: Some("2026-11-20 09:15".into()),
            alighted: Some("2026-11-20 09:52".into()),
            distance_m: Some(18_600),
            empty_m: Some(2_300),
            waiting_s: Some(420),
            amount,
            surcharge: None,
            late,
            frames_sha256: [7; 32],
            heard_at: SystemClock.now(),
        };
        let mut spool = self.spool.lock().await;
        let number = u64::from(trip_no) * 10 + u64::from(late);
        spool.push((number, record.clone()));
        drop(spool);
        let _ = self.says.send(MeterNotice::TripEnded { spool: number, record });
        self.state(MeterState::Vacant).await;
    }

    /// The hire ends, but its record never comes.
    pub async fn falls_silent(&self) {
        let _ = self.says.send(MeterNotice::RecordMissing { at: SystemClock.now() });
        self.state(MeterState::Vacant).await;
    }
}

async fn say(writer: &mut (impl AsyncWriteExt + Unpin), notice: &MeterNotice) -> std::io::Result<()> {
    let mut line = serde_json::to_string(notice).unwrap();
    line.push('\n');
    writer.write_all(line.as_bytes()).await
}
