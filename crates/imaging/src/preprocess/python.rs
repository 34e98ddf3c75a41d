//! Values as Python prints them: dictionaries, tuples, and objects with their fields in brackets.

use serde_json::{Map, Value};

/// The key under which an object has its type.
pub(super) const TYPE: &str = "type()";

/// The key under which an object has what bears no name.
pub(super) const ITEMS: &str = "items()";

/// Brackets within brackets, at most: what is printed comes from a stranger.
const DEEPEST: usize = 16;

/// Reads what Python printed; tuples and sets become arrays, `Name(a, key=b)` an object with its
/// [`TYPE`] and [`ITEMS`], `tensor([…])` its numbers, `<Name.MEMBER: 'text'>` the text. `None`
/// where it is something else.
pub(super) fn read(text: &str) -> Option<Value> {
    let mut reader = Reader { rest: text.trim_start() };
    let value = reader.value(0)?;
    reader.rest.is_empty().then_some(value)
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    /// Whether `symbol` comes next; it is taken, with the spaces behind it.
    fn took(&mut self, symbol: char) -> bool {
        let rest = self.rest.strip_prefix(symbol);
        if let Some(rest) = rest {
            self.rest = rest.trim_start();
        }
        rest.is_some()
    }

    /// Takes so many bytes, and the spaces behind them.
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest.trim_start();
        taken
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > DEEPEST {
            return None;
        }
        match self.rest.chars().next()? {
            '{' => self.dictionary(depth + 1),
            '[' => self.list('[', ']', depth + 1),
            '(' => self.list('(', ')', depth + 1),
            quote @ ('\'' | '"') => {
                let length = self.rest[1..].find(quote)?;
                let text = self.take(length + 2);
                Some(text[1..=length].into())
            }
            '<' => {
                let length = self.rest.find('>')?;
                let text = self.take(length + 1);
                Some(text.split(['\'', '"']).nth(1).unwrap_or(&text[1..length]).into())
            }
            _ => self.word(depth),
        }
    }

    fn list(&mut self, open: char, close: char, depth: usize) -> Option<Value> {
        self.took(open);
        let mut items = Vec::new();
        while !self.took(close) {
            items.push(self.value(depth)?);
            self.took(',');
        }
        Some(items.into())
    }

    fn dictionary(&mut self, depth: usize) -> Option<Value> {
        self.took('{');
        let (mut fields, mut set) = (Map::new(), Vec::new());
        while !self.took('}') {
            let key = self.value(depth)?;
            match self.took(':') {
                true => {
                    let key = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
                    fields.insert(key, self.value(depth)?);
                }
                false => set.push(key),
            }
            self.took(',');
        }
        Some(if set.is_empty() { fields.into() } else { set.into() })
    }

    /// A number, a name, or an object.
    fn word(&mut self, depth: usize) -> Option<Value> {
        let is_part = |c: char| c.is_alphanumeric() || "._+-".contains(c);
        let length = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        if length == 0 {
            return None;
        }
        let word = self.take(length);
        if self.rest.starts_with('(') {
            return self.object(word, depth + 1);
        }
        Some(match word {
            "None" | "null" => Value::Null,
            "True" | "true" => true.into(),
            "False" | "false" => false.into(),
            // Python prints 0. for 0.0.
            _ => match word.parse::<i64>() {
                Ok(number) => number.into(),
                Err(_) => word.parse::<f64>().map_or_else(|_| word.into(), Value::from),
            },
        })
    }

    fn object(&mut self, name: &str, depth: usize) -> Option<Value> {
        self.took('(');
        let (mut fields, mut items) = (Map::new(), Vec::new());
        while !self.took(')') {
            let value = self.value(depth)?;
            match (self.took('='), value) {
                (true, Value::String(key)) => {
                    fields.insert(key, self.value(depth)?);
                }
                (true, _) => return None,
                (false, item) => items.push(item),
            }
            self.took(',');
        }
        if name == "tensor" {
            return items.into_iter().next();
        }
        fields.insert(TYPE.into(), name.into());
        fields.insert(ITEMS.into(), items.into());
        Some(fields.into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_python_prints_is_read() {
        let printed = "{'a': (1, 2.5), 'b': None, 'c': <Mode.X: 'x'>, \"d\": {1, 2}, 'e': OrderedDict(), 'f': {}}";
        let object = json!({ TYPE: "OrderedDict", ITEMS: [] });
        assert_eq!(
            read(printed),
            Some(json!({ "a": [1, 2.5], "b": null, "c": "x", "d": [1, 2], "e": object, "f": {} }))
        );
        let module = "Outer(\n    Inner(size=(2, 3), on=True)\n    Other(mean=tensor([0.5, -1e-3]))\n)\n";
        let inner = json!({ TYPE: "Inner", ITEMS: [], "size": [2, 3], "on": true });
        let other = json!({ TYPE: "Other", ITEMS: [], "mean": [0.5, -0.001] });
        assert_eq!(read(module), Some(json!({ TYPE: "Outer", ITEMS: [inner, other] })));
    }

    #[test]
    fn what_is_cut_short_or_too_deep_is_refused() {
        let text = "{'a': (1, 2), 'b': Name(c=[1], 'd')}";
        assert!(read(text).is_some());
        (0..text.len()).for_each(|cut| assert_eq!(read(&text[..cut]), None, "{cut}"));
        assert_eq!(read(&"(".repeat(100_000)), None);
        assert_eq!(read("a = b"), None);
        assert_eq!(read("é('ü')").unwrap()[ITEMS][0], "ü");
    }
}
