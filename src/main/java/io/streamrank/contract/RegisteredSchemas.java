package io.streamrank.contract;

import org.apache.avro.Schema;

/** Schemas by the ids that a schema registry gave them. Thread-safe. */
public interface RegisteredSchemas {
    /**
     * What is known of an id now. An implementation says whether this waits for the registry.
     *
     * @throws SchemaUnavailableException if the registry could not be asked for too long
     */
    Lookup find(int id);

    /** What is known of an id. */
    sealed interface Lookup {
        /** It stands for this schema, for good. */
        record Known(Schema schema) implements Lookup {}

        /**
         * It stands for nothing that an event could be read with.
         *
         * @param why in words that go on after "the schema of id 7": {@code is not in the registry at …}
         */
        record Unusable(String why) implements Lookup {}

        /** The registry is being asked; ask again later. */
        record Awaited() implements Lookup {}
    }
}
