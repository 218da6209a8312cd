//! The source of a file as a flat list of tokens, by function.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::{ops::Range, str::FromStr};

/// One token and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    /// Its text; a delimiter is a token of its own.
    pub(crate) text: String,
    /// Its bytes in the file.
    pub(crate) bytes: Range<usize>,
    /// Whether the next character belongs to the same operator.
    pub(crate) joint: bool,
}

/// The body of a function.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    /// The function's name.
    pub(crate) function: String,
    /// Its tokens, without the braces around them.
    pub(crate) tokens: Vec<Token>,
}

/// Takes the tests and the comments out, and leads imports to the mutant's own module.
pub(crate) fn prepare(text: &str) -> String {
    let code: Vec<_> = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .filter(|line| !matches!(line.trim(), "#[cfg(test)]" | "mod tests;"))
        .map(|line| line.replace("crate::", "super::"))
        .collect();
    code.join("\n") + "\n"
}

/// Returns the bodies of the functions of a file, and the values of its constants.
pub(crate) fn bodies(text: &str) -> Vec<Body> {
    let stream = TokenStream::from_str(text).expect("the shipped source has whole tokens");
    let mut found = vec![];
    collect(stream, &mut found);
    found
}

fn collect(stream: TokenStream, found: &mut Vec<Body>) {
    let mut trees = stream.into_iter().peekable();
    while let Some(tree) = trees.next() {
        match tree {
            TokenTree::Ident(word) if word == "fn" || word == "const" => {
                let Some(TokenTree::Ident(name)) = trees.peek().cloned() else { continue };
                if name == "fn" {
                    continue;
                }
                let is_value = word == "const";
                let mut tokens = vec![];
                let mut in_value = false;
                for tree in trees.by_ref() {
                    match &tree {
                        TokenTree::Punct(mark) if is_value && mark.as_char() == ';' => break,
                        TokenTree::Punct(mark) if is_value && mark.as_char() == '=' => {
                            in_value = true;
                            continue;
                        }
                        TokenTree::Group(group) if !is_value && group.delimiter() == Delimiter::Brace => {
                            flatten(group.stream(), &mut tokens);
                            break;
                        }
                        _ => {}
                    }
                    if in_value {
                        flatten(tree.into(), &mut tokens);
                    }
                }
                found.push(Body { function: name.to_string(), tokens });
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                collect(group.stream(), found);
            }
            _ => {}
        }
    }
}

fn flatten(stream: TokenStream, tokens: &mut Vec<Token>) {
    for tree in stream {
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                let token = |text: &str, bytes| Token { text: text.into(), bytes, joint: false };
                tokens.push(token(open, group.span_open().byte_range()));
                flatten(group.stream(), tokens);
                tokens.push(token(close, group.span_close().byte_range()));
            }
            TokenTree::Punct(mark) => tokens.push(Token {
                text: mark.as_char().to_string(),
                bytes: mark.span().byte_range(),
                joint: mark.spacing() == proc_macro2::Spacing::Joint,
            }),
            other => {
                let bytes = other.span().byte_range();
                tokens.push(Token { text: other.to_string(), bytes, joint: false });
            }
        }
    }
}
