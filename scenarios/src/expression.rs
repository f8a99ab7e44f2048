//! Integer expressions as they are written: `"packets - 1"`, `"depth(P) > 0 && !done(A)"`.
//!
//! Owns the grammar. What a name stands for is decided where the expression is used.
//!
//! ```text
//! or      = and { ("||" | "or") and }
//! and     = not { ("&&" | "and") not }
//! not     = ("!" | "not") not | compare
//! compare = sum [ ("==" | "!=" | "<" | "<=" | ">" | ">=") sum ]
//! sum     = product { ("+" | "-") product }
//! product = sign { ("*" | "/" | "%") sign }
//! sign    = "-" sign | atom
//! atom    = number | "(" or ")" | name [ "(" [ or { "," or } ] ")" ] [ "[" or "]" ] [ "." name ]
//! ```
//!
//! Numbers are 64-bit integers, decimal or `0x`; arithmetic wraps; comparisons and the logical
//! operators give 1 or 0, and anything but 0 is true.

use crate::diagnostic::{Diagnostic, Span};
use crate::limits;

/// A parsed expression; names are not resolved.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ast {
    Number(i64),
    /// `name`, `name.member`, `name[index]`, `name[index].member`.
    Path {
        name: String,
        index: Option<Box<Ast>>,
        member: Option<String>,
        span: Span,
    },
    Call {
        function: String,
        arguments: Vec<Ast>,
        span: Span,
    },
    Not(Box<Ast>),
    Negate(Box<Ast>),
    Binary(Operator, Box<Ast>, Box<Ast>),
}

/// A binary operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Operator {
    /// The value; `None` for a division by zero.
    pub(crate) fn apply(self, left: i64, right: i64) -> Option<i64> {
        Some(match self {
            Operator::Or => i64::from(left != 0 || right != 0),
            Operator::And => i64::from(left != 0 && right != 0),
            Operator::Equal => i64::from(left == right),
            Operator::NotEqual => i64::from(left != right),
            Operator::Less => i64::from(left < right),
            Operator::LessEqual => i64::from(left <= right),
            Operator::Greater => i64::from(left > right),
            Operator::GreaterEqual => i64::from(left >= right),
            Operator::Add => left.wrapping_add(right),
            Operator::Subtract => left.wrapping_sub(right),
            Operator::Multiply => left.wrapping_mul(right),
            Operator::Divide if right == 0 => return None,
            Operator::Divide => left.wrapping_div(right),
            Operator::Remainder if right == 0 => return None,
            Operator::Remainder => left.wrapping_rem(right),
        })
    }
}

/// Parses the text of a JSON string that stands (with its quotes) at `span`.
pub(crate) fn parse(text: &str, span: Span) -> Result<Ast, Box<Diagnostic>> {
    let mut parser = Parser { text, span, at: 0, depth: 0 };
    if text.len() > limits::EXPRESSION_BYTES {
        let message = format!("an expression has {} bytes at most", limits::EXPRESSION_BYTES);
        return Err(Box::new(Diagnostic::new("too-big", span, message)));
    }
    let ast = parser.or()?;
    parser.space();
    if parser.at < text.len() {
        return Err(parser.problem("this does not belong to the expression"));
    }
    Ok(ast)
}

struct Parser<'a> {
    text: &'a str,
    span: Span,
    at: usize,
    depth: usize,
}

const COMPARISONS: [(&str, Operator); 6] = [
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("<=", Operator::LessEqual),
    (">=", Operator::GreaterEqual),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

impl Parser<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Where byte `at` of the expression stands in the file, if the string has no escapes.
    fn place(&self, start: usize, end: usize) -> Span {
        let first = (self.span.start + 1 + start).min(self.span.end);
        Span::new(first, (self.span.start + 1 + end).clamp(first, self.span.end))
    }

    fn problem(&self, message: &str) -> Box<Diagnostic> {
        let end = self.rest().char_indices().nth(1).map_or(self.text.len(), |(i, _)| self.at + i);
        let message = match self.rest().is_empty() {
            true => "the expression ends too early".to_owned(),
            false => message.to_owned(),
        };
        let problem = Diagnostic::new("bad-expression", self.place(self.at, end), message);
        Box::new(
            problem
                .help("an expression is like `packets - 1`, `result.key == 7` or `depth(P) > 0`"),
        )
    }

    /// Takes an operator made of signs, or one that is a word and ends like a word.
    fn take(&mut self, operator: &str) -> bool {
        self.space();
        let Some(rest) = self.rest().strip_prefix(operator) else { return false };
        let word = operator.starts_with(|c: char| c.is_ascii_alphabetic());
        if word && rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
            return false;
        }
        self.at += operator.len();
        true
    }

    fn deeper<T>(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Result<T, Box<Diagnostic>>,
    ) -> Result<T, Box<Diagnostic>> {
        self.depth += 1;
        if self.depth > limits::EXPRESSION_DEPTH {
            let limit = limits::EXPRESSION_DEPTH;
            let message = format!("this expression is nested more than {limit} levels deep");
            return Err(self.problem(&message));
        }
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn or(&mut self) -> Result<Ast, Box<Diagnostic>> {
        let mut left = self.and()?;
        while self.take("||") || self.take("or") {
            left = Ast::Binary(Operator::Or, Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Ast, Box<Diagnostic>> {
        let mut left = self.not()?;
        while self.take("&&") || self.take("and") {
            left = Ast::Binary(Operator::And, Box::new(left), Box::new(self.not()?));
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Ast, Box<Diagnostic>> {
        self.space();
        let negated = !self.rest().starts_with("!=") && (self.take("!") || self.take("not"));
        match negated {
            true => Ok(Ast::Not(Box::new(self.deeper(Self::not)?))),
            false => self.compare(),
        }
    }

    fn compare(&mut self) -> Result<Ast, Box<Diagnostic>> {
        let left = self.sum()?;
        for (sign, operator) in COMPARISONS {
            if self.take(sign) {
                return Ok(Ast::Binary(operator, Box::new(left), Box::new(self.sum()?)));
            }
        }
        Ok(left)
    }

    fn sum(&mut self) -> Result<Ast, Box<Diagnostic>> {
        let mut left = self.product()?;
        loop {
            let operator = match () {
                () if self.take("+") => Operator::Add,
                () if self.take("-") => Operator::Subtract,
                () => return Ok(left),
            };
            left = Ast::Binary(operator, Box::new(left), Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Result<Ast, Box<Diagnostic>> {
        let mut left = self.sign()?;
        loop {
            let operator = match () {
                () if self.take("*") => Operator::Multiply,
                () if self.take("/") => Operator::Divide,
                () if self.take("%") => Operator::Remainder,
                () => return Ok(left),
            };
            left = Ast::Binary(operator, Box::new(left), Box::new(self.sign()?));
        }
    }

    fn sign(&mut self) -> Result<Ast, Box<Diagnostic>> {
        match self.take("-") {
            true => Ok(Ast::Negate(Box::new(self.deeper(Self::sign)?))),
            false => self.atom(),
        }
    }

    fn atom(&mut self) -> Result<Ast, Box<Diagnostic>> {
        if self.take("(") {
            let inner = self.deeper(Self::or)?;
            return self.close(")").map(|()| inner);
        }
        self.space();
        let start = self.at;
        let word: String =
            self.rest().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        self.at += word.len();
        match word.chars().next() {
            Some('0'..='9') => number(&word).map(Ast::Number).ok_or_else(|| {
                let message = format!("`{word}` is not a number of 64 bits");
                Box::new(Diagnostic::new("bad-expression", self.place(start, self.at), message))
            }),
            Some(_) => self.name(word, start),
            None => Err(self.problem("a number or a name is missing here")),
        }
    }

    fn name(&mut self, name: String, start: usize) -> Result<Ast, Box<Diagnostic>> {
        if self.take("(") {
            let mut arguments = vec![];
            if !self.take(")") {
                loop {
                    arguments.push(self.deeper(Self::or)?);
                    if !self.take(",") {
                        break;
                    }
                }
                self.close(")")?;
            }
            return Ok(Ast::Call { function: name, arguments, span: self.place(start, self.at) });
        }
        let mut index = None;
        if self.take("[") {
            index = Some(Box::new(self.deeper(Self::or)?));
            self.close("]")?;
        }
        let mut member = None;
        if self.take(".") {
            self.space();
            let word: String = self
                .rest()
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect();
            if word.is_empty() {
                return Err(self.problem("a name is missing behind the dot"));
            }
            self.at += word.len();
            member = Some(word);
        }
        Ok(Ast::Path { name, index, member, span: self.place(start, self.at) })
    }

    fn close(&mut self, bracket: &str) -> Result<(), Box<Diagnostic>> {
        match self.take(bracket) {
            true => Ok(()),
            false => Err(self.problem(&format!("`{bracket}` is missing here"))),
        }
    }
}

/// A decimal or hexadecimal number of 64 bits, with or without a sign's worth of range.
pub(crate) fn number(text: &str) -> Option<i64> {
    let value = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16).ok()?,
        None => text.parse::<u64>().ok()?,
    };
    Some(value as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<i64> {
        fn go(ast: &Ast) -> Option<i64> {
            match ast {
                Ast::Number(n) => Some(*n),
                Ast::Not(inner) => Some(i64::from(go(inner)? == 0)),
                Ast::Negate(inner) => Some(go(inner)?.wrapping_neg()),
                Ast::Binary(operator, left, right) => operator.apply(go(left)?, go(right)?),
                Ast::Path { .. } | Ast::Call { .. } => None,
            }
        }
        go(&parse(text, Span::new(0, text.len() + 2)).ok()?)
    }

    #[test]
    fn precedence_is_the_usual_one() {
        assert_eq!(value("1 + 2 * 3 - 4 / 2"), Some(5));
        assert_eq!(value("!(1 == 2) && -3 < 0x10 || 0"), Some(1));
        assert_eq!(value("not 1 == 2 and 7 % 4 == 3"), Some(1));
        assert_eq!(value("0xffffffffffffffff"), Some(-1));
    }

    #[test]
    fn nothing_left_over_and_nothing_missing() {
        for text in ["", "1 +", "(1", "1)", "a..b", "f(1,", "99999999999999999999", "1 == 2 == 3"] {
            assert!(parse(text, Span::new(0, 2)).is_err(), "{text} should be refused");
        }
        let deep = "(".repeat(500) + "1";
        assert!(parse(&deep, Span::new(0, 2)).is_err());
        assert!(parse(&"!".repeat(500), Span::new(0, 2)).is_err());
    }
}
