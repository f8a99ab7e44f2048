//! FNV-1a with 64 bits: small, and the same in every version.

/// A hash that grows by bytes.
#[derive(Clone, Copy)]
pub(super) struct Fnv(u64);

impl Fnv {
    pub(super) fn new() -> Fnv {
        Fnv(0xCBF2_9CE4_8422_2325)
    }

    pub(super) fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3);
    }

    pub(super) fn value(self) -> u64 {
        self.0
    }
}

/// The hash of some bytes.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    let mut hash = Fnv::new();
    for &byte in bytes {
        hash.byte(byte);
    }
    hash.value()
}

#[cfg(test)]
mod tests {
    /// The published vectors.
    #[test]
    fn a_known_hash() {
        assert_eq!(super::hash(b""), 0xCBF2_9CE4_8422_2325);
        assert_eq!(super::hash(b"a"), 0xAF63_DC4C_8601_EC8C);
        assert_eq!(super::hash(b"foobar"), 0x8594_4171_F739_67E8);
    }
}
