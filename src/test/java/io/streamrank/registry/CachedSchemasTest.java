package io.streamrank.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.contract.EventKind;
import io.streamrank.contract.RegisteredSchemas.Lookup;
import io.streamrank.contract.SchemaUnavailableException;
import io.streamrank.testing.Eventually;
import io.streamrank.testing.FakeRegistry;
import io.streamrank.testing.FakeRegistry.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.avro.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class CachedSchemasTest {
    private static final Schema CURRENT = EventKind.CANDIDATE_LIST.current();

    private FakeRegistry registry;

    @BeforeEach
    void start() throws IOException {
        registry = FakeRegistry.start();
    }

    @AfterEach
    void stop() {
        registry.close();
    }

    @Test
    void asksOnceForEachId() {
        registry.put(7, CURRENT.toString());
        try (CachedSchemas schemas = schemas(TestingSettings.of(registry))) {
            assertThat(schemas.waiting().find(7)).isEqualTo(new Lookup.Known(CURRENT));
            assertThat(schemas.find(7)).isEqualTo(new Lookup.Known(CURRENT));
        }
        assertThat(registry.requests()).containsExactly("GET /schemas/ids/7");
    }

    @Test
    void neverWaits() throws Exception {
        registry.put(7, CURRENT.toString());
        var gate = registry.hang();
        try (CachedSchemas schemas = schemas(TestingSettings.of(registry))) {
            assertThat(schemas.find(7)).isInstanceOf(Lookup.Awaited.class);
            assertThat(schemas.find(7)).isInstanceOf(Lookup.Awaited.class);
            gate.countDown();
            Eventually.await("it is known", () -> schemas.find(7) instanceof Lookup.Known);
        }
        assertThat(registry.requests()).hasSize(1);
    }

    /** A replica that lags may say so once. */
    @Test
    void believesThatThereIsNoneOnceTheRegistryHasSaidSoTwice() throws Exception {
        try (CachedSchemas schemas = schemas(TestingSettings.of(registry))) {
            assertThat(schemas.find(7)).isInstanceOf(Lookup.Awaited.class);
            Eventually.await("it was asked", () -> !registry.requests().isEmpty());
            registry.put(7, CURRENT.toString());
            assertThat(schemas.waiting().find(7)).isInstanceOf(Lookup.Known.class);

            assertThat(schemas.waiting().find(8))
                    .isEqualTo(new Lookup.Unusable("is not known to the registry at " + registry.url()));
            assertThat(schemas.find(8)).isInstanceOf(Lookup.Unusable.class);
        }
        assertThat(registry.requests())
                .filteredOn(request -> request.endsWith("/8"))
                .hasSize(2);
    }

    @Test
    void whatIsNoAvroSchemaIsUnusable() {
        registry.putOfType(7, "PROTOBUF");
        registry.put(8, "{\"type\": \"recort\"}");
        try (CachedSchemas schemas = schemas(TestingSettings.of(registry))) {
            assertThat(schemas.waiting().find(7)).isEqualTo(new Lookup.Unusable("is of type PROTOBUF, not Avro"));
            assertThat(schemas.waiting().find(8)).isInstanceOf(Lookup.Unusable.class);
        }
    }

    @Test
    void asksAgainWhileTheRegistryIsAway() throws Exception {
        registry.put(7, CURRENT.toString());
        registry.put(8, CURRENT.toString());
        try (CachedSchemas schemas = schemas(TestingSettings.of(registry))) {
            assertThat(schemas.waiting().find(8)).isInstanceOf(Lookup.Known.class);
            registry.goAway();
            assertThat(schemas.find(7)).isInstanceOf(Lookup.Awaited.class);
            Thread.sleep(300);
            assertThat(schemas.find(7)).isInstanceOf(Lookup.Awaited.class);
            assertThat(schemas.find(8)).isInstanceOf(Lookup.Known.class);
            registry.comeBack();
            registry.failWith(Fault.UNAVAILABLE);
            Eventually.await("it is asked again", () -> registry.requests().contains("GET /schemas/ids/7"));
            assertThat(schemas.find(7)).isInstanceOf(Lookup.Awaited.class);
            registry.failWith(null);

            assertThat(schemas.waiting().find(7)).isEqualTo(new Lookup.Known(CURRENT));
        }
    }

    @Test
    void givesUpAfterItsPatience() {
        registry.failWith(Fault.PLAIN_NOT_FOUND);
        RegistrySettings settings = TestingSettings.of(
                List.of(registry.url()), TestingSettings.LONG, Duration.ofMillis(300), Optional.empty());
        try (CachedSchemas schemas = schemas(settings)) {
            assertThatThrownBy(() -> schemas.waiting().find(7))
                    .isInstanceOf(SchemaUnavailableException.class)
                    .hasMessageContaining("streamrank.registry.patience")
                    .hasMessageContaining("apis/ccompat/v7");
        }
    }

    @Test
    void aFolderKeepsSchemasForAStartWithoutTheRegistry(@TempDir Path folder) throws IOException {
        Path cache = folder.resolve("made/as/needed");
        registry.put(7, CURRENT.toString());
        RegistrySettings settings = TestingSettings.of(
                List.of(registry.url()), TestingSettings.LONG, Duration.ofMillis(100), Optional.of(cache));
        try (CachedSchemas schemas = schemas(settings)) {
            assertThat(schemas.waiting().find(7)).isInstanceOf(Lookup.Known.class);
        }
        Files.writeString(cache.resolve(SchemaFolder.name(settings)).resolve("notes.avsc"), "not a schema");
        registry.goAway();
        try (CachedSchemas schemas = schemas(settings)) {
            assertThat(schemas.find(7)).isEqualTo(new Lookup.Known(CURRENT));
            assertThat(schemas.idOf(CURRENT)).hasValue(7);
            assertThat(new Registration(new RegistryClient(settings), EventKind.CANDIDATE_LIST, "c-value")
                            .writtenId(schemas, false))
                    .isEqualTo(7);
        }
    }

    @Test
    void aFolderOfOneRegistryTellsNothingOfAnother(@TempDir Path folder) throws IOException {
        registry.put(7, CURRENT.toString());
        RegistrySettings settings = TestingSettings.of(
                List.of(registry.url()), TestingSettings.LONG, TestingSettings.LONG, Optional.of(folder));
        try (CachedSchemas schemas = schemas(settings)) {
            assertThat(schemas.waiting().find(7)).isInstanceOf(Lookup.Known.class);
        }
        RegistrySettings another = TestingSettings.of(
                List.of(registry.url().resolve("/another")),
                TestingSettings.LONG,
                TestingSettings.LONG,
                Optional.of(folder));
        try (CachedSchemas schemas = schemas(another)) {
            assertThat(schemas.idOf(CURRENT)).isEmpty();
            assertThat(schemas.find(7)).isInstanceOf(Lookup.Awaited.class);
        }
    }

    @Test
    void aFolderThatCannotBeReadIsDoneWithout(@TempDir Path folder) throws IOException {
        registry.put(7, CURRENT.toString());
        RegistrySettings settings = TestingSettings.of(
                List.of(registry.url()), TestingSettings.LONG, TestingSettings.LONG, Optional.of(folder));
        Path own = Files.createDirectory(folder.resolve(SchemaFolder.name(settings)));
        Files.writeString(own.resolve("7.avsc"), "{");
        try (CachedSchemas schemas = schemas(settings)) {
            assertThat(schemas.waiting().find(7)).isEqualTo(new Lookup.Known(CURRENT));
        }
        assertThat(own.resolve("7.avsc")).content().isEqualTo(CURRENT.toString());
    }

    private static CachedSchemas schemas(RegistrySettings settings) {
        return new CachedSchemas(new RegistryClient(settings), settings);
    }
}
