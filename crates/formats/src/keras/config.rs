//! What Keras wrote of a layer: JSON, with getters that say which setting is unusable.

use serde_json::{Map, Value};

use crate::FormatError;

/// The settings of a layer. Keras writes all of them; where one is missing its default counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Config<'c> {
    /// Class and name, for messages.
    pub class: &'c str,
    pub name: &'c str,
    settings: Option<&'c Map<String, Value>>,
}

impl<'c> Config<'c> {
    pub fn new(class: &'c str, name: &'c str, settings: Option<&'c Map<String, Value>>) -> Self {
        Config { class, name, settings }
    }

    /// The error for a layer that cannot be read.
    pub fn unsupported(&self, what: impl AsRef<str>) -> FormatError {
        super::refuse::layer(self.class, self.name, what.as_ref())
    }

    /// The error for a setting that makes no sense.
    fn unusable(&self, key: &str, value: &Value) -> FormatError {
        let value: String = value.to_string().chars().take(60).collect();
        FormatError::Damaged(format!("layer `{}` ({}) has {key} = {value}", self.name, self.class))
    }

    /// A setting, unless it is missing or null.
    pub fn get(&self, key: &str) -> Option<&'c Value> {
        self.settings?.get(key).filter(|value| !value.is_null())
    }

    /// The settings themselves.
    pub fn all(&self) -> Option<&'c Map<String, Value>> {
        self.settings
    }

    pub fn text(&self, key: &str) -> Option<&'c str> {
        self.get(key)?.as_str()
    }

    pub fn flag(&self, key: &str, default: bool) -> bool {
        self.get(key).and_then(Value::as_bool).unwrap_or(default)
    }

    /// A finite number.
    pub fn float(&self, key: &str, default: f32) -> Result<f32, FormatError> {
        Ok(self.optional_float(key)?.unwrap_or(default))
    }

    /// A finite number, where there is one.
    pub fn optional_float(&self, key: &str) -> Result<Option<f32>, FormatError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let found = value.as_f64().map(|value| value as f32).filter(|value| value.is_finite());
        found.map(Some).ok_or_else(|| self.unusable(key, value))
    }

    /// One number, or one for each channel.
    pub fn floats(&self, key: &str) -> Result<Option<Vec<f32>>, FormatError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let mut found = Vec::new();
        flatten(value, &mut found).ok_or_else(|| self.unusable(key, value))?;
        Ok(Some(found))
    }

    pub fn count(&self, key: &str) -> Result<Option<usize>, FormatError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let found = value.as_u64().and_then(|value| usize::try_from(value).ok());
        found.map(Some).ok_or_else(|| self.unusable(key, value))
    }

    /// `[height, width]`, or one number for both.
    pub fn pair(&self, key: &str, default: usize) -> Result<[usize; 2], FormatError> {
        let Some(value) = self.get(key) else { return Ok([default; 2]) };
        pair(value).ok_or_else(|| self.unusable(key, value))
    }

    /// `[[top, bottom], [left, right]]`, or what Keras makes of fewer numbers.
    pub fn borders(&self, key: &str) -> Result<[[usize; 2]; 2], FormatError> {
        let Some(value) = self.get(key) else { return Ok([[1; 2]; 2]) };
        let found = match value.as_array().map(Vec::as_slice) {
            Some([rows, columns]) => pair(rows).zip(pair(columns)).map(|(rows, columns)| [rows, columns]),
            _ => pair(value).map(|[n, _]| [[n; 2]; 2]),
        };
        found.ok_or_else(|| self.unusable(key, value))
    }

    /// One integer or several, possibly negative.
    pub fn ints(&self, key: &str) -> Result<Option<Vec<i64>>, FormatError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        ints(value).map(Some).ok_or_else(|| self.unusable(key, value))
    }

    /// Refuses networks whose channels come first.
    pub fn expect_channels_last(&self) -> Result<(), FormatError> {
        match self.text("data_format") {
            None | Some("channels_last") => Ok(()),
            Some(other) => Err(self.unsupported(format!("its data_format is {other}; channels_last is read"))),
        }
    }
}

/// One integer or a list of them.
pub(crate) fn ints(value: &Value) -> Option<Vec<i64>> {
    match value {
        Value::Array(values) => values.iter().map(Value::as_i64).collect(),
        value => Some(vec![value.as_i64()?]),
    }
}

fn pair(value: &Value) -> Option<[usize; 2]> {
    let count = |value: &Value| value.as_u64().and_then(|value| usize::try_from(value).ok());
    match value {
        Value::Array(values) => match values.as_slice() {
            [height, width] => Some([count(height)?, count(width)?]),
            _ => None,
        },
        value => count(value).map(|n| [n; 2]),
    }
}

/// All numbers of a number or of nested lists, row-major.
fn flatten(value: &Value, into: &mut Vec<f32>) -> Option<()> {
    match value {
        Value::Array(values) => values.iter().try_for_each(|value| flatten(value, into)),
        value => {
            into.push(value.as_f64()? as f32);
            Some(())
        }
    }
}
