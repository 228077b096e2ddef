package io.streamrank.registry;

import io.streamrank.contract.EventKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.avro.Schema;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How the released schemas of a kind of event stand in the registry, and putting there what is missing. */
public final class Registration {
    private static final Logger LOG = LoggerFactory.getLogger(Registration.class);

    private final RegistryClient client;
    private final EventKind kind;
    private final String subject;

    public Registration(RegistryClient client, EventKind kind, String subject) {
        this.client = client;
        this.kind = kind;
        this.subject = subject;
    }

    /** How one of our schemas, or somebody else's under the same subject, stands. */
    public sealed interface Standing {
        /** The released version is there. */
        record Registered(int release, RegisteredVersion as) implements Standing {}

        /** It is not, and may or may not follow the latest that is. */
        record Missing(int release, boolean acceptable) implements Standing {}

        /** It is not, and shall not be: a later one is there, and this would follow it. */
        record Superseded(int release) implements Standing {}

        /** Not released by us; {@code objection} says why events of it cannot be read, if they cannot. */
        record Foreign(RegisteredVersion version, Optional<String> objection) implements Standing {}
    }

    /** The subject's name. */
    public String subject() {
        return subject;
    }

    /** Asks the registry how things stand, released versions first. */
    public List<Standing> standings() {
        List<RegisteredVersion> registered = client.versions(subject);
        List<Schema> released = kind.released();
        int newest = newestRegistered(registered, released);
        List<Standing> standings = new ArrayList<>();
        for (int index = 0; index < released.size(); index++) {
            Schema schema = released.get(index);
            Optional<RegisteredVersion> as = find(registered, schema);
            if (as.isPresent()) {
                standings.add(new Standing.Registered(index + 1, as.get()));
            } else if (index < newest) {
                standings.add(new Standing.Superseded(index + 1));
            } else {
                standings.add(new Standing.Missing(index + 1, client.wouldAccept(subject, schema)));
            }
        }
        for (RegisteredVersion version : registered) {
            if (!released.contains(version.schema())) {
                standings.add(new Standing.Foreign(version, kind.objectionTo(version.schema())));
            }
        }
        return standings;
    }

    private static int newestRegistered(List<RegisteredVersion> registered, List<Schema> released) {
        int newest = -1;
        for (int index = 0; index < released.size(); index++) {
            if (find(registered, released.get(index)).isPresent()) {
                newest = index;
            }
        }
        return newest;
    }

    /** By what schemas say, not by their text: the registry may hold it as somebody has formatted it. */
    private static Optional<RegisteredVersion> find(List<RegisteredVersion> registered, Schema schema) {
        return registered.stream()
                .filter(version -> version.schema().equals(schema))
                .findFirst();
    }

    /**
     * Registers a released version.
     *
     * @param release counted from 1
     * @return the id of its schema
     * @throws IncompatibleSchemaException if the registry's rules forbid it
     */
    public int register(int release) {
        return client.register(subject, kind.released().get(release - 1));
    }

    /**
     * The id that events of this kind are written with.
     *
     * @param known where it is looked for if the registry is away
     * @param mayRegister whether to register the schema if it is missing
     * @throws RegistryException if there is none
     */
    public int writtenId(CachedSchemas known, boolean mayRegister) {
        Schema current = kind.current();
        try {
            int id = find(client.versions(subject), current)
                    .map(RegisteredVersion::id)
                    .orElseGet(() -> registered(current, mayRegister));
            known.put(id, current);
            return id;
        } catch (RegistryAwayException e) {
            int id = known.idOf(current).orElseThrow(() -> e);
            LOG.warn("{} is written with id {}, as known from before: {}", kind.record(), id, e.getMessage());
            return id;
        }
    }

    private int registered(Schema current, boolean mayRegister) {
        if (!mayRegister) {
            throw new RegistryException("subject " + subject + " of the registry at " + client.place()
                    + " lacks the schema that " + kind.record()
                    + " is written with: register it with 'streamrank schemas register', or set"
                    + " streamrank.registry.auto-register");
        }
        int id = client.register(subject, current);
        LOG.info("{} is registered under {}, as id {}", kind.record(), subject, id);
        return id;
    }
}
