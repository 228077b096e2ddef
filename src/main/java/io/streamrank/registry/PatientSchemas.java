package io.streamrank.registry;

import io.streamrank.contract.RegisteredSchemas;
import io.streamrank.contract.SchemaUnavailableException;

/** Waits until something is known. */
final class PatientSchemas implements RegisteredSchemas {
    private static final long POLL_MILLIS = 10;

    private final RegisteredSchemas schemas;

    PatientSchemas(RegisteredSchemas schemas) {
        this.schemas = schemas;
    }

    @Override
    public Lookup find(int id) {
        try {
            Lookup found = schemas.find(id);
            while (found instanceof Lookup.Awaited) {
                Thread.sleep(POLL_MILLIS);
                found = schemas.find(id);
            }
            return found;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SchemaUnavailableException("interrupted while schema " + id + " was asked for", e);
        }
    }
}
