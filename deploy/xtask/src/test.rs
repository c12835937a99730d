//! `cargo xtask test`: everything, as CI runs it. Goes on after a failure where the next step can still tell something,
//! and ends with what was counted.

use crate::{
    install,
    place::Place,
    step::{Failed, Steps, ask, cargo, say, show, show_and_read},
    tally::Tally,
    web,
};

pub(crate) fn run(place: &Place) -> Result<(), Failed> {
    let mut steps = Steps::default();
    let mut tally = Tally::default();
    let done = all(place, &mut steps, &mut tally);
    let closed = steps.close();
    say(&tally.line());
    done.and(closed)
}

/// Stops only where nothing after it could work.
fn all(place: &Place, steps: &mut Steps, tally: &mut Tally) -> Result<(), Failed> {
    steps.run("packages", || install::packages(place))?;
    steps.run("web packages", || install::web(place))?;
    steps.run("web build", || web::build(place))?;
    // From here on a failure is remembered by `steps`.
    let _ = steps.run("web check", || web::check(place));
    let _ = steps.run("web tests", || web::test(place, tally));
    let _ = steps.run("format", || show(cargo(&place.root).args(["fmt", "--all", "--check"])));
    let _ = steps.run("lints", || {
        show(cargo(&place.root).args(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))
    });
    let _ = steps.run("documentation", || {
        let mut doc = cargo(&place.root);
        // Tables of contents name private modules too: they are read in the source.
        doc.env("RUSTDOCFLAGS", "-D warnings -A rustdoc::private_intra_doc_links");
        doc.args(["doc", "--workspace", "--no-deps", "--locked"]);
        show(&mut doc)
    });
    steps.run("build", || show(cargo(&place.root).args(["build", "--workspace", "--all-targets", "--locked"])))?;
    let _ = steps.run("tests", || {
        let mut test = cargo(&place.root);
        test.args(["test", "--workspace", "--locked", "--no-fail-fast"]);
        show_and_read(&mut test, |line| tally.read(line))
    });
    let _ = steps.run("pictures", || web::pictures(place));
    let _ = steps.run("dependencies", || dependencies(place));
    Ok(())
}

fn dependencies(place: &Place) -> Result<(), Failed> {
    if ask(cargo(&place.root).args(["deny", "--version"])).is_none() {
        say("skipped: cargo-deny is not installed (cargo install cargo-deny --locked)");
        return Ok(());
    }
    show(cargo(&place.root).args(["deny", "--offline", "check", "licenses", "bans", "sources"]))
}
