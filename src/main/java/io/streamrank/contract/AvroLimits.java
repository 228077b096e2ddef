package io.streamrank.contract;

/**
 * How much one event may claim to hold. They guard against hostile or broken events, not against large ones: how large
 * an event the worker takes is its own setting.
 *
 * <p>Set by the system properties that Avro itself reads, so that one setting rules both our decoding and any that
 * stock Avro classes do in the same JVM. Avro reads them once, when its decoder is first used.
 *
 * @param maxStringBytes the longest string, in UTF-8 bytes
 * @param maxCollectionItems the most entries in one array or map
 */
public record AvroLimits(int maxStringBytes, int maxCollectionItems) {
    /** System property: the longest string. */
    public static final String MAX_STRING_PROPERTY = "org.apache.avro.limits.string.maxLength";

    /** System property: the longest byte sequence. No event holds one; it is set for other users of Avro. */
    public static final String MAX_BYTES_PROPERTY = "org.apache.avro.limits.bytes.maxLength";

    /** System property: the most entries in one array or map. */
    public static final String MAX_COLLECTION_PROPERTY = "org.apache.avro.limits.collectionItems.maxLength";

    /** The longest string unless set otherwise: 16 MiB. */
    public static final int DEFAULT_MAX_STRING_BYTES = 16 * 1024 * 1024;

    /** The most entries in one array or map unless set otherwise. */
    public static final int DEFAULT_MAX_COLLECTION_ITEMS = 100_000;

    public AvroLimits {
        if (maxStringBytes < 0 || maxCollectionItems < 0) {
            throw new IllegalArgumentException(
                    "limits cannot be negative: " + maxStringBytes + " bytes, " + maxCollectionItems + " items");
        }
    }

    /**
     * Fills in the properties nobody has set and returns what holds now.
     *
     * @throws IllegalArgumentException if a property is set, but not to a whole number from 0 to 2,147,483,647
     */
    public static AvroLimits install() {
        setIfAbsent(MAX_BYTES_PROPERTY, DEFAULT_MAX_STRING_BYTES);
        return new AvroLimits(
                setIfAbsent(MAX_STRING_PROPERTY, DEFAULT_MAX_STRING_BYTES),
                setIfAbsent(MAX_COLLECTION_PROPERTY, DEFAULT_MAX_COLLECTION_ITEMS));
    }

    private static int setIfAbsent(String property, int limit) {
        String present = System.getProperty(property);
        if (present == null) {
            System.setProperty(property, Integer.toString(limit));
            return limit;
        }
        try {
            return Integer.parseInt(present);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(property + " is \"" + present + "\", not a whole number", e);
        }
    }
}
