//! Reads what a Rust file names: the paths in its `use` trees and its code, its attributes, its macros and calls. Works
//! on tokens, so comments and texts are no names and a `use` over many lines is one. Called by [`crate::check`].

use proc_macro2::{Delimiter, Group, LexError, Spacing, TokenStream, TokenTree};

/// One path as written, a `use` tree's branches each on their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPath {
    /// Its parts, `*` included.
    pub parts: Vec<String>,
    /// Where it begins.
    pub line: usize,
    /// The modules inside the file around it.
    pub inside: Vec<String>,
    /// In a `#[cfg(test)]` item or a `#[test]` function.
    pub in_test: bool,
    /// It is published by `pub use`.
    pub published: bool,
}

/// A word with something told by its neighbours: a macro, a call, a word in an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub word: String,
    /// Where.
    pub line: usize,
    /// As for paths.
    pub in_test: bool,
}

/// What a file names.
#[derive(Debug, Default)]
pub struct Source {
    /// Every path of two or more parts, and every path of a `use`.
    pub paths: Vec<NamedPath>,
    /// `word!`
    pub macros: Vec<Word>,
    /// `word(…)`
    pub calls: Vec<Word>,
    /// Every word inside `#[…]`.
    pub attributes: Vec<Word>,
    /// Every `async`.
    pub asyncs: Vec<Word>,
}

/// Reads a file.
///
/// # Errors
/// When it cannot be split into Rust's tokens.
pub fn read(text: &str) -> Result<Source, LexError> {
    let tokens: TokenStream = text.parse()?;
    let mut source = Source::default();
    Reader { source: &mut source, inside: Vec::new(), in_test: false }.walk(tokens);
    Ok(source)
}

struct Reader<'a> {
    source: &'a mut Source,
    inside: Vec<String>,
    in_test: bool,
}

impl Reader<'_> {
    /// One level of tokens: items, statements or expressions.
    fn walk(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let outer_test = self.in_test;
        let mut published = false;
        let mut rest = tokens.as_slice();
        while let Some((token, after)) = rest.split_first() {
            let next = match token {
                TokenTree::Punct(punct) if punct.as_char() == '#' => self.attribute(after),
                // What follows `>::` is no path of its own.
                TokenTree::Punct(_) if colons(rest).is_some() => self.path(colons(rest).unwrap_or(after), None),
                TokenTree::Ident(ident) if ident == "use" => self.branch(after, Vec::new(), published),
                TokenTree::Ident(ident) if ident == "mod" => self.module(after),
                TokenTree::Ident(_) => self.path(rest, Some(published)),
                TokenTree::Group(group) => {
                    self.walk(group.stream());
                    after
                }
                _ => after,
            };
            // Some of these took several tokens: the last one tells whether an item ended.
            let taken = rest.get(..rest.len() - next.len()).unwrap_or_default();
            if taken.last().is_some_and(ends_item) {
                self.in_test = outer_test;
            }
            rest = next;
            published = matches!(token, TokenTree::Ident(ident) if ident == "pub")
                || (published && matches!(token, TokenTree::Group(_)));
        }
        self.in_test = outer_test;
    }

    /// After `#`: the attribute's words, its paths, and whether it makes the next item test code.
    fn attribute<'t>(&mut self, after: &'t [TokenTree]) -> &'t [TokenTree] {
        let after = match after.split_first() {
            Some((TokenTree::Punct(punct), after)) if punct.as_char() == '!' => after,
            _ => after,
        };
        let Some((TokenTree::Group(group), after)) = after.split_first() else { return after };
        let mut words = Vec::new();
        flatten(group, &mut words);
        let has = |word: &str| words.iter().any(|(found, _)| found == word);
        if has("test") && !has("not") && !has("cfg_attr") {
            self.in_test = true;
        }
        let in_test = self.in_test;
        self.source.attributes.extend(words.into_iter().map(|(word, line)| Word { word, line, in_test }));
        let saved = self.in_test;
        self.walk(group.stream());
        self.in_test = saved;
        after
    }

    /// After `mod`: a body's names are its own.
    fn module<'t>(&mut self, after: &'t [TokenTree]) -> &'t [TokenTree] {
        let [TokenTree::Ident(name), TokenTree::Group(body), after @ ..] = after else { return after };
        self.inside.push(name.to_string());
        self.walk(body.stream());
        self.inside.pop();
        after
    }

    /// A path in code; `None` where it only continues another.
    fn path<'t>(&mut self, tokens: &'t [TokenTree], published: Option<bool>) -> &'t [TokenTree] {
        let mut parts = Vec::new();
        let mut rest = tokens;
        let mut line = 0;
        while let Some((TokenTree::Ident(ident), after)) = rest.split_first() {
            line = ident.span().start().line;
            parts.push(ident.to_string());
            rest = match colons(after) {
                Some(next) if matches!(next.first(), Some(TokenTree::Ident(_))) => next,
                _ => after,
            };
            if rest.len() == after.len() {
                break;
            }
        }
        if let Some(last) = parts.last() {
            let word = Word { word: last.clone(), line, in_test: self.in_test };
            match rest.first() {
                _ if last == "async" => self.source.asyncs.push(word),
                Some(TokenTree::Punct(punct)) if punct.as_char() == '!' => self.source.macros.push(word),
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
                    self.source.calls.push(word);
                }
                _ => {}
            }
        }
        if let Some(published) = published
            && parts.len() > 1
        {
            self.named(parts, line, published);
        }
        rest
    }

    /// One branch of a `use` tree: it ends, or opens a brace of branches.
    fn branch<'t>(&mut self, tokens: &'t [TokenTree], prefix: Vec<String>, published: bool) -> &'t [TokenTree] {
        let mut parts = prefix;
        let mut line = 0;
        let mut rest = colons(tokens).unwrap_or(tokens);
        while let Some((token, after)) = rest.split_first() {
            line = token.span().start().line;
            match token {
                TokenTree::Ident(ident) => parts.push(ident.to_string()),
                TokenTree::Punct(punct) if punct.as_char() == '*' => parts.push("*".to_owned()),
                TokenTree::Group(group) => {
                    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                    let comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
                    for piece in inner.split(comma).filter(|piece| !piece.is_empty()) {
                        self.branch(piece, parts.clone(), published);
                    }
                    return after;
                }
                _ => break,
            }
            rest = after;
            match colons(after) {
                Some(next) => rest = next,
                None => break,
            }
        }
        self.named(parts, line, published);
        rest
    }

    fn named(&mut self, parts: Vec<String>, line: usize, published: bool) {
        let (inside, in_test) = (self.inside.clone(), self.in_test);
        self.source.paths.push(NamedPath { parts, line, inside, in_test, published });
    }
}

/// What follows `::`, if `tokens` begin with it.
fn colons(tokens: &[TokenTree]) -> Option<&[TokenTree]> {
    match tokens {
        [TokenTree::Punct(one), TokenTree::Punct(two), rest @ ..]
            if one.as_char() == ':' && two.as_char() == ':' && one.spacing() == Spacing::Joint =>
        {
            Some(rest)
        }
        _ => None,
    }
}

fn ends_item(token: &TokenTree) -> bool {
    match token {
        TokenTree::Punct(punct) => punct.as_char() == ';',
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        _ => false,
    }
}

fn flatten(group: &Group, words: &mut Vec<(String, usize)>) {
    for token in group.stream() {
        match token {
            TokenTree::Ident(ident) => words.push((ident.to_string(), ident.span().start().line)),
            TokenTree::Group(group) => flatten(&group, words),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        read(text).unwrap().paths.iter().map(|path| path.parts.join("::")).collect()
    }

    #[test]
    fn a_use_over_many_lines_is_read_branch_by_branch() {
        let text =
            "use crate::{\n  bill::model::{Bill, BillState as S},\n  store::*,\n  trip::{self, model::{Trip}},\n};";
        let expected =
            ["crate::bill::model::Bill", "crate::bill::model::BillState", "crate::store::*", "crate::trip::self"];
        assert_eq!(paths(text)[..4], expected);
        assert_eq!(paths(text)[4], "crate::trip::model::Trip");
    }

    #[test]
    fn paths_in_code_and_in_macros_are_read_but_not_in_comments_or_texts() {
        let text = r#"fn f() { on!(x => crate::store::engine::go::<u8>()); } // crate::push::hub
            const S: &str = "crate::alipay::gateway";"#;
        assert_eq!(paths(text), ["crate::store::engine::go"]);
    }

    #[test]
    fn test_code_is_told_from_the_rest() {
        let text =
            "mod a { use x::y; } #[cfg(test)] mod tests { use x::z; } use x::w; #[test] fn t() { x::v() } use x::u;";
        let found: Vec<(String, bool)> =
            read(text).unwrap().paths.iter().map(|path| (path.parts.join("::"), path.in_test)).collect();
        let expected = [("x::y", false), ("x::z", true), ("x::w", false), ("x::v", true), ("x::u", false)];
        assert_eq!(found, expected.map(|(path, test)| (path.to_owned(), test)));
    }

    #[test]
    fn macros_calls_and_attributes_are_words() {
        let source = read("#[inline(never)] fn f() { panic!(); tokio::time::pause(x); }").unwrap();
        assert_eq!(source.macros[0].word, "panic");
        assert_eq!(source.calls.last().unwrap().word, "pause");
        assert_eq!(source.attributes[0].word, "inline");
    }

    #[test]
    fn a_published_star_is_seen() {
        let source = read("pub(crate) use super::model::*; use a::*;").unwrap();
        assert_eq!(source.paths.iter().map(|path| path.published).collect::<Vec<_>>(), [true, false]);
    }
}
