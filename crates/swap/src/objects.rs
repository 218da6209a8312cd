//! Sizes of objects: a frame of the store holds objects of one size.

/// The sizes, in bytes.
pub const CLASSES: [u16; 12] = [64, 96, 128, 192, 256, 336, 448, 584, 816, 1024, 2048, 4096];

/// Returns the class of an object: the index of the smallest size that holds it, the last for all that is larger.
#[must_use]
pub fn class_of(bytes: u32) -> usize {
    CLASSES.iter().position(|size| bytes <= u32::from(*size)).unwrap_or(CLASSES.len() - 1)
}

/// Returns how many objects of a class a frame holds: 1 to 64.
pub(super) const fn objects_of(class: usize) -> u32 {
    4096 / CLASSES[class] as u32
}

#[cfg(test)]
mod tests {
    use super::{CLASSES, class_of, objects_of};

    #[test]
    fn an_object_gets_the_smallest_class_that_holds_it() {
        assert_eq!([1, 64, 65, 2048, 2049, 4096].map(class_of), [0, 0, 1, 10, 11, 11]);
    }

    #[test]
    fn a_frame_holds_whole_words_and_no_more_than_a_word_of_objects() {
        for (class, size) in CLASSES.iter().enumerate() {
            assert!(size % 8 == 0 && (1..=64).contains(&objects_of(class)), "{size}");
        }
    }
}
