//! An explanation as a sentence, in English or Chinese. For people; it computes nothing.

use super::{Because, Explanation, Nearer};

/// Whose words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// Simplified Chinese.
    Zh,
}

impl Explanation {
    /// The reason, as one or two sentences.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        match language {
            Language::En => english(self),
            Language::Zh => chinese(self),
        }
    }
}

fn english(explanation: &Explanation) -> String {
    let request = explanation.request;
    match &explanation.because {
        Because::Held { planned: None } => {
            format!(
                "Request {request} has no car yet: every car that could come saves more elsewhere, or none can come in time."
            )
        }
        Because::Held { planned: Some((vehicle, s)) } => {
            format!(
                "Request {request} is held for car {vehicle}, which can be there in {s:.0} s; a better car may turn up first."
            )
        }
        Because::Nearest { vehicle, crow_m, pickup_s } => {
            format!("Car {vehicle} is the nearest that request {request} could have: {crow_m:.0} m, {pickup_s:.0} s.")
        }
        Because::NotNearest { vehicle, crow_m, pickup_s, nearer } => {
            let Nearer { vehicle: other, by_m, serves, saves_here_s, saves_there_s } = nearer;
            let given = format!("Request {request} has car {vehicle}, {crow_m:.0} m away, there in {pickup_s:.0} s.");
            match serves {
                Some((there, saved_m)) if *saved_m > 0.0 => format!(
                    "{given} Car {other} is {by_m:.0} m nearer, but it saves {saved_m:.0} m more at request {there} \
                     (worth {saves_there_s:.0} s there, {saves_here_s:.0} s here)."
                ),
                Some((there, _)) => format!(
                    "{given} Car {other} is {by_m:.0} m nearer, but request {there} needs it: taking it costs the \
                     others {saves_there_s:.0} s and saves {saves_here_s:.0} s here."
                ),
                None => format!(
                    "{given} Car {other} is {by_m:.0} m nearer, but a change must save more than it does \
                     ({saves_here_s:.0} s), or the car that waited longer goes first."
                ),
            }
        }
    }
}

fn chinese(explanation: &Explanation) -> String {
    let request = explanation.request;
    match &explanation.because {
        Because::Held { planned: None } => {
            format!("订单 {request} 暂无车辆：能来的车用在别处省得更多，或没有车能及时赶到。")
        }
        Because::Held { planned: Some((vehicle, s)) } => {
            format!("订单 {request} 暂候 {vehicle} 号车，预计 {s:.0} 秒可到；期间可能出现更合适的车。")
        }
        Because::Nearest { vehicle, crow_m, pickup_s } => {
            format!("{vehicle} 号车是订单 {request} 可用车辆中最近的：{crow_m:.0} 米，{pickup_s:.0} 秒。")
        }
        Because::NotNearest { vehicle, crow_m, pickup_s, nearer } => {
            let Nearer { vehicle: other, by_m, serves, saves_here_s, saves_there_s } = nearer;
            let given = format!("订单 {request} 派 {vehicle} 号车，相距 {crow_m:.0} 米，{pickup_s:.0} 秒可到。");
            match serves {
                Some((there, saved_m)) if *saved_m > 0.0 => format!(
                    "{given}{other} 号车近 {by_m:.0} 米，但它去接订单 {there} 可多省 {saved_m:.0} 米\
                     （在那边值 {saves_there_s:.0} 秒，在这里值 {saves_here_s:.0} 秒）。"
                ),
                Some((there, _)) => format!(
                    "{given}{other} 号车近 {by_m:.0} 米，但订单 {there} 需要它：改派会让其他人多付出 {saves_there_s:.0} 秒，\
                     这里只省 {saves_here_s:.0} 秒。"
                ),
                None => format!(
                    "{given}{other} 号车近 {by_m:.0} 米，但改派节省不足（{saves_here_s:.0} 秒），或等得更久的车优先。"
                ),
            }
        }
    }
}
