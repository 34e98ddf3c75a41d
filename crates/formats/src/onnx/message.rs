//! Protocol buffer messages from a table of fields.
//!
//! `messages!` takes structs whose fields carry the attributes of `prost`'s derive and makes what
//! the derive would: a compiler plugin, with a parser of Rust of its own, is much to compile for a
//! dozen structs.

/// Structs with `#[prost(type, label, tag = "number")]` before each field, as `prost::Message`.
///
/// Types are `int32`, `int64`, `uint64`, `float`, `double`, `string`, `message`, `bytes = "vec"`,
/// `bytes = "bytes"` and `enumeration = "…"`; labels are none, `optional`, `repeated`, and
/// `repeated, packed = "false"`.
macro_rules! messages {
    ($(
        $(#[doc = $about:literal])*
        pub(crate) struct $name:ident {
            $( $(#[doc = $words:literal])* #[prost($($spec:tt)*)] pub $field:ident : $type:ty, )*
        }
    )*) => {$(
        $(#[doc = $about])*
        #[derive(Clone, PartialEq, Debug, Default)]
        pub(crate) struct $name {
            $( $(#[doc = $words])* pub $field: $type, )*
        }

        #[allow(unused_variables, reason = "a message may have no fields")]
        impl prost::Message for $name {
            fn encode_raw(&self, buffer: &mut impl prost::bytes::BufMut) {
                $( field!(encode (&self.$field, buffer) $($spec)*); )*
            }

            fn merge_field(
                &mut self,
                tag: u32,
                wire: prost::encoding::wire_type::WireType,
                buffer: &mut impl prost::bytes::Buf,
                context: prost::encoding::DecodeContext,
            ) -> Result<(), prost::DecodeError> {
                $(
                    if tag == field!(number () $($spec)*) {
                        let merged = field!(merge (&mut self.$field, wire, buffer, context) $($spec)*);
                        return merged.map_err(|mut error| {
                            error.push(stringify!($name), stringify!($field));
                            error
                        });
                    }
                )*
                prost::encoding::skip_field(wire, tag, buffer, context)
            }

            fn encoded_len(&self) -> usize {
                0 $( + field!(length (&self.$field) $($spec)*) )*
            }

            fn clear(&mut self) {
                *self = Self::default();
            }
        }
    )*};
}

/// Does something with a field: sorts its attribute into a label, a module of `prost::encoding` and
/// a number. Repeated numbers are packed where nothing else is said.
macro_rules! field {
    ($do:ident $with:tt bytes = $how:literal, $($rest:tt)*) => { field!($do $with bytes, $($rest)*) };
    ($do:ident $with:tt enumeration = $of:literal, $($rest:tt)*) => { field!($do $with int32, $($rest)*) };
    ($do:ident $with:tt $kind:ident, tag = $tag:literal) => { $do!($with single $kind $tag) };
    ($do:ident $with:tt $kind:ident, optional, tag = $tag:literal) => { $do!($with optional $kind $tag) };
    ($do:ident $with:tt $kind:ident, repeated, packed = "false", tag = $tag:literal) => {
        $do!($with repeated $kind $tag)
    };
    ($do:ident $with:tt message, repeated, tag = $tag:literal) => { $do!($with repeated message $tag) };
    ($do:ident $with:tt string, repeated, tag = $tag:literal) => { $do!($with repeated string $tag) };
    ($do:ident $with:tt bytes, repeated, tag = $tag:literal) => { $do!($with repeated bytes $tag) };
    ($do:ident $with:tt $kind:ident, repeated, tag = $tag:literal) => { $do!($with packed $kind $tag) };
}

macro_rules! number {
    (() $label:ident $kind:ident $tag:literal) => {{
        const NUMBER: u32 = match u32::from_str_radix($tag, 10) {
            Ok(number) => number,
            Err(_) => panic!("a field is numbered"),
        };
        NUMBER
    }};
}

macro_rules! encode {
    (($field:expr, $buffer:expr) single $kind:ident $tag:literal) => {
        if !$crate::onnx::message::is_default($field) {
            prost::encoding::$kind::encode(number!(() single $kind $tag), $field, $buffer);
        }
    };
    (($field:expr, $buffer:expr) optional $kind:ident $tag:literal) => {
        if let Some(value) = $field {
            prost::encoding::$kind::encode(number!(() optional $kind $tag), value, $buffer);
        }
    };
    (($field:expr, $buffer:expr) repeated $kind:ident $tag:literal) => {
        prost::encoding::$kind::encode_repeated(number!(() repeated $kind $tag), $field, $buffer)
    };
    (($field:expr, $buffer:expr) packed $kind:ident $tag:literal) => {
        prost::encoding::$kind::encode_packed(number!(() packed $kind $tag), $field, $buffer)
    };
}

macro_rules! merge {
    (($field:expr, $wire:expr, $buffer:expr, $context:expr) single $kind:ident $tag:literal) => {
        prost::encoding::$kind::merge($wire, $field, $buffer, $context)
    };
    (($field:expr, $wire:expr, $buffer:expr, $context:expr) optional $kind:ident $tag:literal) => {
        prost::encoding::$kind::merge($wire, $field.get_or_insert_default(), $buffer, $context)
    };
    (($field:expr, $wire:expr, $buffer:expr, $context:expr) $many:ident $kind:ident $tag:literal) => {
        prost::encoding::$kind::merge_repeated($wire, $field, $buffer, $context)
    };
}

macro_rules! length {
    (($field:expr) single $kind:ident $tag:literal) => {
        if $crate::onnx::message::is_default($field) {
            0
        } else {
            prost::encoding::$kind::encoded_len(number!(() single $kind $tag), $field)
        }
    };
    (($field:expr) optional $kind:ident $tag:literal) => {
        $field.as_ref().map_or(0, |value| {
            prost::encoding::$kind::encoded_len(number!(() optional $kind $tag), value)
        })
    };
    (($field:expr) repeated $kind:ident $tag:literal) => {
        prost::encoding::$kind::encoded_len_repeated(number!(() repeated $kind $tag), $field)
    };
    (($field:expr) packed $kind:ident $tag:literal) => {
        prost::encoding::$kind::encoded_len_packed(number!(() packed $kind $tag), $field)
    };
}

/// A single field is left out of a file where it has the value that readers assume.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use prost::Message;

    messages! {
        pub(crate) struct Part {
            #[prost(string, tag = "1")]
            pub name: String,
        }

        pub(crate) struct Whole {
            #[prost(int64, tag = "1")]
            pub number: i64,
            #[prost(message, optional, tag = "2")]
            pub part: Option<Part>,
            #[prost(message, repeated, tag = "3")]
            pub parts: Vec<Part>,
            #[prost(float, repeated, tag = "4")]
            pub packed: Vec<f32>,
            #[prost(float, repeated, packed = "false", tag = "5")]
            pub loose: Vec<f32>,
            #[prost(bytes = "vec", tag = "16")]
            pub bytes: Vec<u8>,
            #[prost(int64, optional, tag = "17")]
            pub known: Option<i64>,
        }
    }

    fn whole() -> Whole {
        let part = |name: &str| Part { name: name.into() };
        Whole {
            number: -1,
            part: Some(part("")),
            parts: vec![part("a"), part("b")],
            packed: vec![1.0, 2.0],
            loose: vec![1.0],
            bytes: vec![7],
            known: Some(0),
        }
    }

    #[test]
    fn bytes_are_those_of_the_specification() {
        // <https://protobuf.dev/programming-guides/encoding/>, as `protoc --encode` writes it.
        let expected: &[&[u8]] = &[
            &[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
            &[0x12, 0x00],
            &[0x1a, 0x03, 0x0a, 0x01, b'a', 0x1a, 0x03, 0x0a, 0x01, b'b'],
            &[0x22, 0x08, 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40],
            &[0x2d, 0, 0, 0x80, 0x3f],
            &[0x82, 0x01, 0x01, 0x07],
            &[0x88, 0x01, 0x00],
        ];
        assert_eq!(whole().encode_to_vec(), expected.concat());
        assert_eq!(Whole::decode(&expected.concat()[..]).unwrap(), whole());
        assert!(Whole::default().encode_to_vec().is_empty());
    }

    #[test]
    fn unknown_fields_are_skipped_and_either_packing_is_read() {
        let bytes: &[u8] = &[0x78, 0x05, 0x25, 0, 0, 0x80, 0x3f, 0x2a, 0x04, 0, 0, 0, 0x40];
        let read = Whole::decode(bytes).unwrap();
        assert_eq!((read.packed, read.loose), (vec![1.0], vec![2.0]));
    }

    #[test]
    fn errors_name_the_field() {
        let error = Whole::decode(&[0x1a, 0x03, 0x0a, 0x05, b'a'][..]).unwrap_err().to_string();
        assert!(error.contains("Whole.parts") && error.contains("Part.name"), "{error}");
    }
}
