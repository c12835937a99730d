//! Every state × every command, as one table, and the rules that the table cannot hold.

use jiff::{SignedDuration, Timestamp};

use super::{Action, Life, NotifyTo, Order, Refusal, Terms, TradeBook, TradeStatus};
use crate::{amount::Amount, beijing};

const PARTNER: &str = "2088101122136241";
const BUYER: &str = "2088102150477652";
const STRANGER: &str = "2088102150477660";

fn noon() -> Timestamp {
    beijing::parse("2024-01-02 12:00:00").unwrap()
}

fn order(number: &str) -> Order {
    Order {
        partner: PARTNER.into(),
        out_trade_no: number.into(),
        buyer_id: BUYER.into(),
        terms: Terms {
            subject: "Taxi".into(),
            amount: Amount::parse("38.50", "HKD").unwrap(),
            settle_currency: "HKD".into(),
            seller_id: PARTNER.into(),
            body: String::new(),
            passback: String::new(),
            payee: "Harbour Taxi".into(),
            extend_params: "{}".into(),
        },
        life: Life::Minutes(30),
        notify: NotifyTo { url: String::new(), charset: "UTF-8".into(), sign_type: "RSA2".into() },
    }
}

#[derive(Clone, Copy, Debug)]
enum State {
    Unknown,
    Waiting,
    Paid,
    Lapsed,
    CancelledUnpaid,
    Refunded,
    Finished,
    Barred,
}

#[derive(Clone, Copy, Debug)]
enum Command {
    Create,
    CreateDearer,
    CreateForStranger,
    Pay,
    PayByStranger,
    Cancel,
    Finish,
}

fn book_in(state: State) -> (TradeBook, String, Timestamp) {
    let mut book = TradeBook::default();
    let now = noon();
    let create = |book: &mut TradeBook| book.create(order("A1"), now).unwrap().trade_no;
    let later = now + SignedDuration::from_mins(1);
    let trade_no = match state {
        State::Unknown => String::from("none"),
        State::Waiting => create(&mut book),
        State::Paid | State::Refunded | State::Finished => {
            let number = create(&mut book);
            book.pay(&number, BUYER, now).unwrap();
            match state {
                State::Refunded => drop(book.cancel(PARTNER, "A1", None, now).unwrap()),
                State::Finished => drop(book.finish(&number, now).unwrap().clone()),
                _ => {}
            }
            number
        }
        State::Lapsed => {
            let number = create(&mut book);
            return (book, number, now + SignedDuration::from_mins(30));
        }
        State::CancelledUnpaid => {
            let number = create(&mut book);
            book.cancel(PARTNER, "A1", None, now).unwrap();
            number
        }
        State::Barred => {
            book.cancel(PARTNER, "A1", None, now).unwrap();
            String::from("none")
        }
    };
    (book, trade_no, later)
}

fn run(state: State, command: Command) -> String {
    let (mut book, trade_no, now) = book_in(state);
    let create = |book: &mut TradeBook, order: Order| {
        book.create(order, now).map(|made| if made.is_new { "new" } else { "same" }.to_owned())
    };
    let outcome = match command {
        Command::Create => create(&mut book, order("A1")),
        Command::CreateDearer => {
            let mut dearer = order("A1");
            dearer.terms.amount = Amount::parse("38.51", "HKD").unwrap();
            create(&mut book, dearer)
        }
        Command::CreateForStranger => {
            let mut other = order("A1");
            other.buyer_id = STRANGER.into();
            create(&mut book, other)
        }
        Command::Pay => book.pay(&trade_no, BUYER, now).map(|_| "paid".to_owned()),
        Command::PayByStranger => book.pay(&trade_no, STRANGER, now).map(|_| "paid".to_owned()),
        Command::Cancel => book.cancel(PARTNER, "A1", None, now).map(|done| {
            let what = match done.action {
                Some(Action::Close) => "close",
                Some(Action::Refund) => "refund",
                None => "nothing",
            };
            format!("{what}{}", if done.is_new { "" } else { " again" })
        }),
        Command::Finish => book.finish(&trade_no, now).map(|_| "finished".to_owned()),
    };
    outcome.unwrap_or_else(|refusal| refusal.code().to_owned())
}

#[test]
fn every_state_answers_every_command_as_the_table_says() {
    use Command::{Cancel, Create, CreateDearer, CreateForStranger, Finish, Pay, PayByStranger};
    let commands = [Create, CreateDearer, CreateForStranger, Pay, PayByStranger, Cancel, Finish];
    const DIFFERENT: &str = "CONTEXT_INCONSISTENT";
    const BUYER_NOT: &str = "TRADE_BUYER_NOT_MATCH";
    const SUCCESS: &str = "TRADE_HAS_SUCCESS";
    const CLOSED: &str = "TRADE_HAS_CLOSE";
    const NONE: &str = "TRADE_NOT_EXIST";
    const STATUS: &str = "REASON_ILLEGAL_STATUS";
    let table = [
        (State::Unknown, ["new", "new", "new", NONE, NONE, "nothing", NONE]),
        (State::Waiting, ["same", DIFFERENT, BUYER_NOT, "paid", BUYER_NOT, "close", STATUS]),
        (State::Paid, [SUCCESS, DIFFERENT, BUYER_NOT, SUCCESS, BUYER_NOT, "refund", "finished"]),
        (State::Lapsed, [CLOSED, DIFFERENT, BUYER_NOT, CLOSED, BUYER_NOT, "close again", STATUS]),
        (State::CancelledUnpaid, [CLOSED, DIFFERENT, BUYER_NOT, CLOSED, BUYER_NOT, "close again", STATUS]),
        (State::Refunded, [CLOSED, DIFFERENT, BUYER_NOT, CLOSED, BUYER_NOT, "refund again", STATUS]),
        (State::Finished, [SUCCESS, DIFFERENT, BUYER_NOT, SUCCESS, BUYER_NOT, "TRADE_HAS_FINISHED", STATUS]),
        (State::Barred, [CLOSED, CLOSED, CLOSED, NONE, NONE, "nothing again", NONE]),
    ];
    for (state, row) in table {
        for (command, expected) in commands.into_iter().zip(row) {
            assert_eq!(run(state, command), expected, "{command:?} in {state:?}");
        }
    }
}

#[test]
fn a_repeated_create_returns_the_same_trade_number() {
    let mut book = TradeBook::default();
    let first = book.create(order("A1"), noon()).unwrap();
    let again = book.create(order("A1"), noon()).unwrap();
    assert_eq!(first.trade_no, again.trade_no);
    assert_ne!(first.trade_no, book.create(order("A2"), noon()).unwrap().trade_no);
}

#[test]
fn the_same_number_of_two_partners_is_two_trades() {
    let mut book = TradeBook::default();
    let ours = book.create(order("A1"), noon()).unwrap().trade_no;
    let mut theirs = order("A1");
    theirs.partner = "2088101122136242".into();
    let other = book.create(theirs, noon()).unwrap();
    assert!(other.is_new);
    assert_eq!(book.cancel("2088101122136242", "A1", Some(&ours), noon()), Err(Refusal::TradeNotExist));
    assert!(book.find("2088101122136242", None, Some(&ours), noon()).is_none());
}

#[test]
fn an_unpaid_trade_closes_by_itself_and_is_reported_once() {
    let mut book = TradeBook::default();
    let number = book.create(order("A1"), noon()).unwrap().trade_no;
    let end = noon() + SignedDuration::from_mins(30);
    assert!(book.expire(end - SignedDuration::from_secs(1)).is_empty());
    assert_eq!(book.pay(&number, BUYER, end).unwrap_err(), Refusal::TradeHasClose);
    assert_eq!(book.expire(end), [number.as_str()], "lapsed under another command, reported all the same");
    assert!(book.expire(end).is_empty());
    let trade = book.get(&number).unwrap();
    assert_eq!((trade.status, trade.is_refunded()), (TradeStatus::TradeClosed, false));
}

#[test]
fn a_paid_trade_does_not_lapse() {
    let mut book = TradeBook::default();
    let number = book.create(order("A1"), noon()).unwrap().trade_no;
    book.pay(&number, BUYER, noon()).unwrap();
    assert!(book.expire(noon() + SignedDuration::from_hours(400)).is_empty());
    assert_eq!(book.get(&number).unwrap().status, TradeStatus::TradeSuccess);
}

#[test]
fn cancel_refunds_until_a_quarter_past_beijing_midnight_of_the_day_of_payment() {
    for (at, expected) in [("2024-01-03 00:14:59", true), ("2024-01-03 00:15:00", false)] {
        let mut book = TradeBook::default();
        let number = book.create(order("A1"), noon()).unwrap().trade_no;
        book.pay(&number, BUYER, noon()).unwrap();
        let done = book.cancel(PARTNER, "", Some(&number), beijing::parse(at).unwrap());
        assert_eq!(done.is_ok(), expected, "{at}");
        if !expected {
            assert_eq!(done, Err(Refusal::TradeCancelTimeOut));
        }
    }
}
