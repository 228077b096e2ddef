package io.streamrank.registry;

/** The registry has the schema, but it is none that an event could be read with, however often it is asked for. */
final class UnusableSchemaException extends RegistryException {
    private static final long serialVersionUID = 1L;

    /** @param why goes on after "the schema of id 7" */
    UnusableSchemaException(String why) {
        super(why);
    }
}
