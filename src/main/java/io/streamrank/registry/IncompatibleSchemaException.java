package io.streamrank.registry;

/** The registry has refused a schema: by its rules it does not go together with what is registered. */
public final class IncompatibleSchemaException extends RegistryException {
    private static final long serialVersionUID = 1L;

    IncompatibleSchemaException(String message) {
        super(message);
    }
}
