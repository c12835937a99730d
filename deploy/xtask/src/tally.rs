//! Adds up what the test runners say of themselves. Fed by `cargo xtask test` with every line they print.

/// Tests so far.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Tally {
    /// Reads a line; all but the runners' closing lines are ignored.
    pub(crate) fn read(&mut self, line: &str) {
        let line = plain(line);
        let line = line.trim();
        // cargo: `test result: ok. 8 passed; 0 failed; 0 ignored; …`; vitest: `Tests  1 failed | 11 passed (12)`.
        let counts = match (line.strip_prefix("test result: "), line.strip_prefix("Tests ")) {
            (Some(result), _) => result.split_once(". ").map_or("", |(_, counts)| counts),
            (None, Some(counts)) => counts,
            (None, None) => return,
        };
        for count in counts.split([';', '|']) {
            let mut words = count.split_whitespace();
            let number = words.next().and_then(|number| number.parse::<u64>().ok()).unwrap_or(0);
            match words.next() {
                Some("passed") => self.passed = self.passed.saturating_add(number),
                Some("failed") => self.failed = self.failed.saturating_add(number),
                _ => {}
            }
        }
    }

    /// The closing line.
    pub(crate) fn line(self) -> String {
        format!("{} passed, {} failed", self.passed, self.failed)
    }
}

/// Without terminal colours.
fn plain(line: &str) -> String {
    let mut plain = String::new();
    let mut rest = line.chars();
    while let Some(letter) = rest.next() {
        if letter == '\u{1b}' {
            rest.by_ref().find(|end| end.is_ascii_alphabetic());
        } else {
            plain.push(letter);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_runners_are_understood_and_added_up() {
        let mut tally = Tally::default();
        tally.read("test result: ok. 8 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out; finished in 0.00s");
        tally.read("test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out");
        tally.read("\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[31m1 failed\u{1b}[39m\u{1b}[22m | 11 passed\u{1b}[39m (12)");
        tally.read("test trip::model::tests::a_trip ... ok");
        tally.read(" Test Files  1 passed (1)");
        assert_eq!(tally, Tally { passed: 21, failed: 2 });
        assert_eq!(tally.line(), "21 passed, 2 failed");
    }
}
