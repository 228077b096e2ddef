package io.streamrank.cli;

import io.streamrank.contract.EventKind;
import io.streamrank.contract.Framing;
import io.streamrank.contract.RegisteredSchemas;
import io.streamrank.registry.CachedSchemas;
import io.streamrank.registry.RegistryClient;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How a command frames events: by fingerprint, and where a registry is named, by its ids. Close it when done. */
final class EventFraming implements AutoCloseable {
    private final RegistryAssembly assembly;
    private final @Nullable RegistryClient client;
    private final @Nullable CachedSchemas schemas;

    private EventFraming(RegistryAssembly assembly, @Nullable RegistryClient client, @Nullable CachedSchemas schemas) {
        this.assembly = assembly;
        this.client = client;
        this.schemas = schemas;
    }

    /** @throws IllegalArgumentException if the registry's settings do not go together */
    static EventFraming of(StreamrankConfig config) {
        RegistryAssembly assembly = new RegistryAssembly(config);
        if (!assembly.isSet() && !assembly.isWritten()) {
            return new EventFraming(assembly, null, null);
        }
        var settings = assembly.settings();
        RegistryClient client = new RegistryClient(settings);
        return new EventFraming(assembly, client, new CachedSchemas(client, settings));
    }

    /** For who reads, has time, and does not know when the command is done: what looks schemas up ends with the process. */
    static Framing ofProcess(StreamrankConfig config) {
        return of(config).waiting();
    }

    /** For who polls meanwhile: schemas are looked up without waiting. */
    Framing polling(EventKind... written) {
        return framing(schemas -> schemas, written);
    }

    /** For who has time: looking up a schema waits for the registry. */
    Framing waiting(EventKind... written) {
        return framing(CachedSchemas::waiting, written);
    }

    private Framing framing(Function<CachedSchemas, RegisteredSchemas> reading, EventKind... written) {
        if (client == null || schemas == null) {
            return Framing.SINGLE_OBJECT;
        }
        Map<EventKind, Integer> ids = new EnumMap<>(EventKind.class);
        if (assembly.isWritten()) {
            for (EventKind kind : written) {
                ids.put(kind, assembly.registration(client, kind).writtenId(schemas, assembly.mayRegister()));
            }
        }
        return new Framing(reading.apply(schemas), ids);
    }

    @Override
    public void close() {
        Optional.ofNullable(schemas).ifPresent(CachedSchemas::close);
    }
}
