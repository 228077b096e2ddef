package io.streamrank.contract;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.message.SchemaStore;
import org.jspecify.annotations.Nullable;

/**
 * Every schema one kind of event was ever written with, found by the fingerprint that events carry. Unchanging and
 * thread-safe.
 */
final class ReleasedSchemas implements SchemaStore {
    private final Map<Long, Schema> byFingerprint = new LinkedHashMap<>();

    /** @throws IllegalArgumentException if two of the schemas share a fingerprint */
    ReleasedSchemas(List<Schema> schemas) {
        for (Schema schema : schemas) {
            Schema twin = byFingerprint.put(SchemaNormalization.parsingFingerprint64(schema), schema);
            if (twin != null) {
                throw new IllegalArgumentException("two versions of " + schema.getFullName()
                        + " share a fingerprint: they differ at most in docs, defaults or logical types");
            }
        }
    }

    /**
     * Those released with this worker, {@code schemas/released/<name>/1.avsc} and on without a gap, on the class path.
     *
     * @throws IllegalStateException if there is none
     */
    static ReleasedSchemas of(String name) {
        return new ReleasedSchemas(released(name));
    }

    /** The schemas {@link #of} loads, first release first. */
    static List<Schema> released(String name) {
        List<Schema> schemas = new ArrayList<>();
        for (Schema schema = load(name, 1); schema != null; schema = load(name, schemas.size() + 1)) {
            schemas.add(schema);
        }
        if (schemas.isEmpty()) {
            throw new IllegalStateException(resource(name, 1) + " is not on the class path");
        }
        return List.copyOf(schemas);
    }

    @Override
    public @Nullable Schema findByFingerprint(long fingerprint) {
        return byFingerprint.get(fingerprint);
    }

    private static @Nullable Schema load(String name, int version) {
        String resource = resource(name, version);
        try (InputStream in = ReleasedSchemas.class.getResourceAsStream(resource)) {
            // A parser of its own for each: versions define the same names anew.
            return in == null ? null : new Schema.Parser().parse(in);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + resource, e);
        }
    }

    private static String resource(String name, int version) {
        return "/schemas/released/" + name + "/" + version + ".avsc";
    }
}
