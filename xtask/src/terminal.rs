//! What firmware sends to a terminal before the text of a line.

/// Returns the text behind the control characters and escape sequences (ECMA-48, 5.4) that it begins with.
pub(crate) fn behind_controls(text: &str) -> &str {
    let mut rest = text;
    loop {
        let Some(first) = rest.chars().next().filter(|first| first.is_control()) else { return rest };
        rest = &rest[first.len_utf8()..];
        if let Some(sequence) = rest.strip_prefix('[').filter(|_| first == '\u{1b}') {
            // Parameters, then one final byte.
            let parameters = sequence.trim_start_matches(|one| matches!(one, '\u{20}'..='\u{3f}'));
            rest = parameters.strip_prefix(|one| matches!(one, '\u{40}'..='\u{7e}')).unwrap_or(parameters);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::behind_controls;

    #[test]
    fn nothing_but_the_text_is_left() {
        for (text, rest) in [
            ("\u{1b}[2J\u{1b}[01;01H\u{1b}[=3h\u{0}\rTAP version 13", "TAP version 13"),
            ("TAP \u{0}version 13", "TAP \u{0}version 13"),
            ("[0;1m", "[0;1m"),
            ("\u{1b}[31", ""),
            ("\u{1b}", ""),
            ("", ""),
        ] {
            assert_eq!(behind_controls(text), rest);
        }
    }
}
