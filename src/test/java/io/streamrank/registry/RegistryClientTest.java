package io.streamrank.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.contract.EventKind;
import io.streamrank.testing.FakeRegistry;
import io.streamrank.testing.FakeRegistry.Fault;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.avro.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class RegistryClientTest {
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
    void knowsWhatIsRegistered() {
        RegistryClient client = new RegistryClient(TestingSettings.of(registry));

        assertThat(client.versions("a-value")).isEmpty();
        assertThat(client.wouldAccept("a-value", CURRENT)).isTrue();
        int id = client.register("a-value", CURRENT);

        assertThat(client.versions("a-value")).containsExactly(new RegisteredVersion(1, id, CURRENT));
        assertThat(client.schemaText(id)).hasValue(CURRENT.toString());
        assertThat(client.schemaText(id + 1)).isEmpty();
        assertThat(client.compatibility("a-value")).isEqualTo("NONE");
    }

    @Test
    void aRefusalIsNoFailure() {
        RegistryClient client = new RegistryClient(TestingSettings.of(registry));
        client.register("a-value", EventKind.CANDIDATE_LIST.released().get(0));
        registry.refuseChanges();

        assertThat(client.wouldAccept("a-value", CURRENT)).isFalse();
        assertThatThrownBy(() -> client.register("a-value", CURRENT))
                .isInstanceOf(IncompatibleSchemaException.class)
                .hasMessageContaining("incompatible");
    }

    /** Whoever took one of these for "no such id" would throw sound events away. */
    @Test
    void onlyTheRegistrysOwnWordMeansThatThereIsNone() {
        RegistryClient client = new RegistryClient(TestingSettings.of(registry));
        for (Fault fault : List.of(Fault.UNAVAILABLE, Fault.PROXY_PAGE, Fault.PLAIN_NOT_FOUND, Fault.FORBIDDEN)) {
            registry.failWith(fault);

            assertThatThrownBy(() -> client.schemaText(7))
                    .as(fault.toString())
                    .isInstanceOf(RegistryException.class)
                    .hasMessageContaining(Integer.toString(fault.status()));
        }
    }

    @Test
    void waitsNoLongerThanItMay() {
        RegistryClient client = new RegistryClient(TestingSettings.of(
                List.of(registry.url()), Duration.ofMillis(200), TestingSettings.LONG, Optional.empty()));
        registry.hang();

        assertThatThrownBy(() -> client.schemaText(7))
                .isInstanceOf(RegistryException.class)
                .hasMessageContaining("streamrank.registry.timeout");
    }

    @Test
    void givesUpAnAnswerThatDoesNotEnd() {
        RegistryClient client = new RegistryClient(TestingSettings.of(registry));
        registry.failWith(new Fault(200, "x".repeat(5 << 20)));

        assertThatThrownBy(() -> client.schemaText(7))
                .isInstanceOf(RegistryException.class)
                .hasMessageContaining("more than");
    }

    @Test
    void triesTheNextAddress() throws IOException {
        FakeRegistry gone = FakeRegistry.start();
        URI nowhere = gone.url();
        gone.close();
        registry.put(7, CURRENT.toString());
        RegistryClient client = new RegistryClient(TestingSettings.of(
                List.of(nowhere, registry.url()), TestingSettings.LONG, TestingSettings.LONG, Optional.empty()));

        assertThat(client.schemaText(7)).isPresent();
    }

    @Test
    void saysWhoAsksToTheRegistryAndToNobodyElse() {
        RegistrySettings settings = TestingSettings.authorized(registry, "Bearer s3cret");
        registry.failWith(Fault.FORBIDDEN);

        assertThatThrownBy(() -> new RegistryClient(settings).schemaText(7))
                .hasMessageContaining("streamrank.registry.token")
                .hasMessageNotContaining("s3cret");
        assertThat(registry.authorizations()).containsExactly("Bearer s3cret");
        assertThat(settings.toString()).doesNotContain("s3cret");
    }

    @Test
    void addressesAreCheckedBeforeAnythingIsAsked() {
        for (String url :
                List.of("registry:8080", "ftp://registry/", "http://me:s3cret@registry/", "http://registry/?a=b")) {
            assertThatThrownBy(() -> TestingSettings.of(
                            List.of(URI.create(url)), TestingSettings.LONG, TestingSettings.LONG, Optional.empty()))
                    .as(url)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("streamrank.registry.url")
                    .hasMessageNotContaining("s3cret");
        }
    }
}
