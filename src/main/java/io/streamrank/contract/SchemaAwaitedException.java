package io.streamrank.contract;

/**
 * Thrown where an event cannot be read yet: its schema is being asked for, of a registry that may be away. Nothing is
 * wrong with the event.
 */
public final class SchemaAwaitedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int schemaId;

    SchemaAwaitedException(int schemaId) {
        super("the schema of id " + schemaId + " is being asked for");
        this.schemaId = schemaId;
    }

    /** Whose schema that is. */
    public int schemaId() {
        return schemaId;
    }
}
