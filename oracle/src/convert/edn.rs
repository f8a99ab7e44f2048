//! As much of EDN as a Jepsen history needs: flat maps of keywords, numbers, strings and nil.

/// A value of a map.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Edn {
    Nil,
    Keyword(String),
    Integer(i64),
    Text(String),
}

/// Where and what a parse failed on: a column from 1.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct EdnError {
    pub(super) column: usize,
    pub(super) expected: &'static str,
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

/// Reads `{:key value, ...}`, perhaps with a record tag such as `#jepsen.history.Op` before it.
pub(super) fn map(text: &str) -> Result<Vec<(String, Edn)>, EdnError> {
    let mut cursor = Cursor { text, at: 0 };
    cursor.space();
    if cursor.rest().starts_with('#') && !cursor.rest().starts_with("#{") {
        cursor.word();
        cursor.space();
    }
    cursor.expect('{', "a map: `{`")?;
    let mut entries = Vec::new();
    loop {
        cursor.space();
        if cursor.eat('}') {
            break;
        }
        let Edn::Keyword(key) = cursor.value()? else {
            return Err(cursor.error("a keyword such as `:type`"));
        };
        cursor.space();
        entries.push((key, cursor.value()?));
    }
    cursor.space();
    match cursor.rest().is_empty() {
        true => Ok(entries),
        false => Err(cursor.error("the end of the line")),
    }
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn error(&self, expected: &'static str) -> EdnError {
        EdnError { column: self.at + 1, expected }
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', ',']).len();
    }

    fn eat(&mut self, c: char) -> bool {
        let found = self.rest().starts_with(c);
        self.at += if found { c.len_utf8() } else { 0 };
        found
    }

    fn expect(&mut self, c: char, expected: &'static str) -> Result<(), EdnError> {
        if self.eat(c) { Ok(()) } else { Err(self.error(expected)) }
    }

    fn word(&mut self) -> &'a str {
        let rest = self.rest();
        let end =
            rest.find([' ', '\t', ',', '{', '}', '[', ']', '(', ')', '"']).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn value(&mut self) -> Result<Edn, EdnError> {
        if self.eat('"') {
            return self.string();
        }
        let start = self.at;
        let word = self.word();
        if let Some(keyword) = word.strip_prefix(':').filter(|k| !k.is_empty()) {
            return Ok(Edn::Keyword(keyword.to_owned()));
        }
        if word == "nil" {
            return Ok(Edn::Nil);
        }
        word.parse().map(Edn::Integer).map_err(|_| EdnError {
            column: start + 1,
            expected: "a keyword, an integer, a string or nil",
        })
    }

    fn string(&mut self) -> Result<Edn, EdnError> {
        let mut text = String::new();
        let mut chars = self.rest().char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.at += at + 1;
                    return Ok(Edn::Text(text));
                }
                '\\' => text.extend(chars.next().map(|(_, c)| c)),
                c => text.push(c),
            }
        }
        Err(self.error("the end of the string"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_line_is_read() {
        let line =
            r#"{:type :invoke, :f :enqueue, :value 3, :process 0, :error "a \"b\"", :x nil}"#;
        let read = map(line).unwrap();
        let keys: Vec<&str> = read.iter().map(|(k, _)| k.as_str()).collect();
        assert_eq!(keys, ["type", "f", "value", "process", "error", "x"]);
        assert_eq!(read[2].1, Edn::Integer(3));
        assert_eq!(read[4].1, Edn::Text("a \"b\"".into()));
        assert_eq!(
            map("#jepsen.history.Op{:index 1}").unwrap(),
            [("index".into(), Edn::Integer(1))]
        );
    }

    #[test]
    fn what_is_not_a_map_has_a_column() {
        for (text, column) in
            [("", 1), ("{:a", 4), ("{:a [1]}", 5), ("{1 2}", 3), ("{} x", 4), ("{:a \"b", 6)]
        {
            assert_eq!(map(text).unwrap_err().column, column, "{text}");
        }
    }
}
