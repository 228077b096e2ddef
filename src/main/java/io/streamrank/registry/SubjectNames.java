package io.streamrank.registry;

/** Under which subject the schema of a topic's events is registered: the strategies that Confluent's clients know. */
public enum SubjectNames {
    /** {@code <topic>-value} */
    TOPIC,
    /** {@code <record's full name>} */
    RECORD,
    /** {@code <topic>-<record's full name>} */
    TOPIC_RECORD;

    /** The subject of a record of this full name in the values of a topic. */
    public String of(String topic, String recordName) {
        return switch (this) {
            case TOPIC -> topic + "-value";
            case RECORD -> recordName;
            case TOPIC_RECORD -> topic + "-" + recordName;
        };
    }
}
