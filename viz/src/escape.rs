//! Quoting for the formats we write: whatever a name holds, it stays a name.

use std::fmt::Write;

/// Text for HTML and SVG, inside elements and inside quoted attributes. Characters that XML 1.0
/// has no way to write, and those that turn the direction of the text around them, become U+FFFD.
pub fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' => out.push(c),
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FFFE}'..='\u{FFFF}' => {
                out.push('\u{FFFD}');
            }
            c if c.is_control() => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}

/// JSON for the inside of a `<script type="application/json">`: nothing in it can end the element.
pub fn json_in_script(json: &str) -> String {
    json.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

/// Text for a Mermaid sequence diagram: its syntax has no quotes, so whatever could end a text or
/// start something else is written as an entity.
pub fn mermaid(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '#' | ';' | ':' | '<' | '>' | '&' | '"' | '%' | '{' | '}' | '\\' | '`' | ',' | '-'
            | '+' => {
                write!(out, "#{};", u32::from(c)).expect("a string takes all");
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// Text for a quoted string of the DOT language.
pub fn dot(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// Text for a terminal: nothing in it moves the cursor or changes the screen.
pub fn terminal(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nothing_in_xml_opens_an_element_or_ends_an_attribute(text in any::<String>()) {
            let quoted = xml(&text);
            prop_assert!(!quoted.contains(['<', '>', '"', '\'']));
            let whole = quoted.split('&').skip(1).all(|rest| {
                ["amp;", "lt;", "gt;", "quot;", "#39;"].iter().any(|name| rest.starts_with(name))
            });
            prop_assert!(whole);
        }

        #[test]
        fn nothing_in_a_script_ends_it_and_the_json_means_the_same(text in any::<String>()) {
            let json = serde_json::to_string(&text).expect("a string is JSON");
            let quoted = json_in_script(&json);
            prop_assert!(!quoted.contains('<'));
            let back: String = serde_json::from_str(&quoted).expect("still JSON");
            prop_assert_eq!(back, text);
        }

        #[test]
        fn mermaid_text_stays_on_its_line(text in any::<String>()) {
            let quoted = mermaid(&text);
            prop_assert!(!quoted.contains(['\n', ':', '<', '"', '%']));
        }

        #[test]
        fn a_dot_string_ends_where_we_end_it(text in any::<String>()) {
            let quoted = dot(&text);
            let mut escaped = false;
            for c in quoted.chars() {
                prop_assert!(escaped || c != '"');
                escaped = !escaped && c == '\\';
            }
            prop_assert!(!escaped);
        }

        #[test]
        fn terminal_text_holds_no_control_character(text in any::<String>()) {
            prop_assert!(!terminal(&text).contains(|c: char| c.is_control()));
        }
    }
}
