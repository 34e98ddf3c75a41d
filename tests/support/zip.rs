//! Zip archives for tests.

/// A zip archive of stored entries.
pub fn archive<'n>(entries: impl IntoIterator<Item = (&'n str, Vec<u8>)>) -> Vec<u8> {
    let (mut bytes, mut directory, mut count) = (Vec::new(), Vec::new(), 0u16);
    for (name, content) in entries {
        let (at, length) = (bytes.len() as u32, (content.len() as u32).to_le_bytes());
        // Versions, flags, method, time, date and a checksum, which is not compared.
        let mut common = vec![20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        common.extend(length);
        common.extend(length);
        common.extend((name.len() as u16).to_le_bytes());
        common.extend([0, 0]);
        for (part, begin, rest) in [(&mut bytes, &b"PK\x03\x04"[..], 0), (&mut directory, b"PK\x01\x02\x14\0", 10)] {
            part.extend(begin);
            part.extend(&common);
            part.extend(std::iter::repeat_n(0, rest));
            if rest > 0 {
                part.extend(at.to_le_bytes());
            }
            part.extend(name.as_bytes());
        }
        bytes.extend(content);
        count += 1;
    }
    let at = bytes.len() as u32;
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    bytes.extend([(directory.len() as u32).to_le_bytes(), at.to_le_bytes()].concat());
    bytes.extend([0, 0]);
    bytes
}
