//! Everything the programs of the demo are told: a folder of their own, keys made for it, ports that are free, and the
//! settings files. Called by [`super::house`] before anything starts.

use std::{fs, net::TcpListener, path::PathBuf};

use crate::{
    place::Place,
    step::{Failed, command, failed, show},
};

/// The two fleets of the demo: yuan over RSA2, baht over MD5.
pub(crate) const FLEETS: [&str; 2] = ["0198b2c4-0000-7000-8000-000000000001", "0198b2c4-0000-7000-8000-000000000002"];
pub(crate) const APP_ID: &str = "2021000000000001";
pub(crate) const PARTNERS: [&str; 2] = ["2088000000000001", "2088000000000002"];
/// Worth nothing: it opens the sandbox of this demo only.
pub(crate) const MD5_KEY: &str = "0123456789abcdef0123456789abcdef";

/// Where the programs of one demo listen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ports {
    pub(crate) http: u16,
    pub(crate) cars: u16,
    pub(crate) alipay: u16,
    pub(crate) phone: u16,
    pub(crate) bridge: u16,
}

impl Ports {
    /// The ones that people remember, or any that are free.
    pub(crate) fn choose() -> Result<Self, Failed> {
        let mut taken = Vec::new();
        let mut choose = |wanted: u16| {
            let listener = TcpListener::bind(("127.0.0.1", wanted))
                .or_else(|_| TcpListener::bind(("127.0.0.1", 0)))
                .map_err(|error| failed(format!("no port is free on this machine: {error}")))?;
            let port = listener.local_addr().map(|address| address.port());
            // Kept until all are chosen, so that no two are the same.
            taken.push(listener);
            port.map_err(|error| failed(error.to_string()))
        };
        Ok(Self {
            http: choose(8080)?,
            cars: choose(8090)?,
            alipay: choose(8100)?,
            phone: choose(8101)?,
            bridge: choose(7905)?,
        })
    }
}

/// A fresh folder for one run: the last one's database and keys are gone.
pub(crate) fn fresh_folder(place: &Place) -> Result<PathBuf, Failed> {
    let folder = place.results("demo");
    let cannot = |error: std::io::Error| failed(format!("{} cannot be made anew: {error}", folder.display()));
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(cannot)?;
    }
    fs::create_dir_all(&folder).map_err(cannot)?;
    Ok(folder)
}

/// Keys and files for everyone.
pub(crate) fn write(place: &Place, folder: &std::path::Path, ports: Ports) -> Result<(), Failed> {
    let make_keys = place.program("examples/make_keys");
    for name in ["merchant", "alipay"] {
        show(command(folder, &make_keys).arg(folder).arg(name))?;
    }
    let files = [
        ("fleet-2.md5", MD5_KEY.to_owned()),
        ("fareway.toml", platform(ports)),
        ("alipay-sandbox.toml", sandbox(ports)),
        ("driver-app.toml", driver_app(ports)),
    ];
    for (name, text) in files {
        fs::write(folder.join(name), text).map_err(|error| failed(format!("{name} cannot be written: {error}")))?;
    }
    Ok(())
}

fn platform(ports: Ports) -> String {
    let Ports { http, cars, alipay, .. } = ports;
    let ([yuan, baht], [partner, partner_2]) = (FLEETS, PARTNERS);
    format!(
        r#"# The demo's platform. `fareway settings` prints every key with its explanation.

[server]
http = "127.0.0.1:{http}"
cars = "127.0.0.1:{cars}"
public_url = "http://127.0.0.1:{http}"
passenger_frame_ancestors = "http://127.0.0.1:{alipay}"

[database]
url = "sqlite:fareway.db"

[alipay]
app_id = "{APP_ID}"
openapi_gateway = "http://127.0.0.1:{alipay}/gateway.do"
authorize_url = "http://127.0.0.1:{alipay}/oauth2/publicAppAuthorize.htm"
private_key = "merchant.pem"
alipay_public_key = "alipay.public.pem"

[[fleet]]
id = "{yuan}"
name = "苏州蓝鸟出租"
currency = "CNY"

[fleet.alipay]
partner = "{partner}"
gateway = "http://127.0.0.1:{alipay}/gateway.do"
sign_type = "RSA2"
private_key = "merchant.pem"
alipay_public_key = "alipay.public.pem"
secondary_merchant_id = "SZBLUEBIRD"
secondary_merchant_name = "Suzhou Bluebird Taxi"
store_id = "SZ01"
store_name = "Suzhou"

[[fleet]]
id = "{baht}"
name = "Bangkok Taxi"
currency = "THB"

[fleet.alipay]
partner = "{partner_2}"
gateway = "http://127.0.0.1:{alipay}/gateway.do"
sign_type = "MD5"
md5_key = "fleet-2.md5"
secondary_merchant_id = "BKKTAXI"
secondary_merchant_name = "Bangkok Taxi"
store_id = "BKK01"
store_name = "Bangkok"
extend_params_case = "upper"
"#
    )
}

fn sandbox(ports: Ports) -> String {
    let Ports { alipay, phone, http, .. } = ports;
    let [partner, partner_2] = PARTNERS;
    format!(
        r#"# The demo's Alipay: the notices' resend schedule of a day runs in two and a half minutes.

port = {alipay}
wallet_port = {phone}
alipay_private_key = "alipay.pem"
time_scale = 600

[[apps]]
app_id = "{APP_ID}"
public_key = "merchant.public.pem"
callbacks = ["http://127.0.0.1:{http}/p/callback"]

[[merchants]]
partner = "{partner}"
name = "苏州蓝鸟出租"
public_key = "merchant.public.pem"
sign_types = ["RSA2"]

[[merchants]]
partner = "{partner_2}"
name = "Bangkok Taxi"
md5_key = "{MD5_KEY}"
sign_types = ["MD5"]
"#
    )
}

fn driver_app(ports: Ports) -> String {
    let Ports { cars, bridge, .. } = ports;
    format!(
        r#"# The demo's car.

data_dir = "driver-app"
platform_url = "ws://127.0.0.1:{cars}/car"
bridge = "127.0.0.1:{bridge}"
theme = "day"
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_ports_are_the_same() {
        let Ports { http, cars, alipay, phone, bridge } = Ports::choose().unwrap();
        let mut ports = vec![http, cars, alipay, phone, bridge];
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 5);
    }
}
