//! What a machine can see of our habits inside one file: its length, name and opening words, and what must not be
//! written. Called by [`crate::check`].

use crate::{
    Broken,
    rust::{Source, Word},
    tree::File,
};

/// A file has one job; past this it has two.
const LINES_MAX: usize = 600;
/// What is held to the length and to names.
const WRITTEN: &[&str] = &["rs", "ts", "svelte", "slint", "html", "css", "js", "mjs", "sql"];
/// Names that say nothing and swallow a project.
const NAMELESS: &[&str] = &["utils", "util", "helpers", "helper", "common", "types", "misc"];

/// Length and name, for every file that somebody wrote.
pub fn check(file: &File, broken: &mut Vec<Broken>) {
    if !WRITTEN.contains(&file.extension()) {
        return;
    }
    let lines = file.text.lines().count();
    if lines > LINES_MAX {
        broken.push(
            file.broken(0, format!("has {lines} lines; give its second job a file of its own ({LINES_MAX} at most)")),
        );
    }
    let folders = file.path.split('/').map(|part| part.split('.').next().unwrap_or(part));
    for part in folders.filter(|part| NAMELESS.contains(part)) {
        broken.push(file.broken(0, format!("`{part}` says nothing; name it for what it does")));
    }
    if file.is_test() || file.name().contains(".test.") {
        for (line, text) in (1..).zip(file.text.lines()) {
            if text.contains("waitForTimeout(") {
                broken.push(file.broken(line, "a test waits for a condition, not for a time"));
            }
        }
    }
}

/// Opening words and what Rust files must not say.
pub fn check_rust(file: &File, source: &Source, broken: &mut Vec<Broken>) {
    if !file.text.starts_with("//!") {
        broken.push(file.broken(1, "open with //!: what it is, who calls it, what it must not do"));
    }
    let mut say = |words: &[Word], banned: &[&str], rule: &str| {
        for word in words.iter().filter(|word| banned.contains(&word.word.as_str())) {
            broken.push(file.broken(word.line, rule));
        }
    };
    say(&source.macros, &["todo", "unimplemented"], "unfinished work is no state to commit");
    say(&source.attributes, &["ignore"], "an ignored test is no test: mend it or delete it");
    say(&source.attributes, &["allow"], "silence a lint with #[expect(lint, reason = \"…\")]");
    let in_tests =
        |words: &[Word]| -> Vec<Word> { words.iter().filter(|word| file.is_test() || word.in_test).cloned().collect() };
    say(&in_tests(&source.calls), &["sleep"], "a test waits for a condition and never sleeps");
    for path in &source.paths {
        if path.published && path.parts.last().is_some_and(|last| last == "*") {
            broken.push(file.broken(path.line, "publish names, not stars"));
        }
    }
}
