package io.streamrank.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BrokerClasspathTest {
    private final Path home;

    BrokerClasspathTest(@TempDir Path home) {
        this.home = home;
    }

    @Test
    void listsClassesThenTheBrokerThenTheWorker() throws IOException {
        Path classes = file("target/classes/io/streamrank/embedded/BrokerMain.class");
        Path kafka = file("target/embedded-broker/kafka_2.13.jar");
        Path clients = file("target/quarkus-app/lib/main/kafka-clients.jar");
        Path logging = file("target/quarkus-app/lib/boot/jboss-logmanager.jar");

        assertThat(BrokerClasspath.ofBuild(home))
                .containsExactly(home.resolve("target/classes"), kafka, clients, logging);
        assertThat(classes).exists();
    }

    @Test
    void takesTheJarWhereThereAreNoClasses() throws IOException {
        Path jar = file("target/streamrank-1.0.jar");
        file("target/embedded-broker/kafka_2.13.jar");
        file("target/quarkus-app/lib/main/kafka-clients.jar");
        file("target/quarkus-app/lib/boot/jboss-logmanager.jar");

        assertThat(BrokerClasspath.ofBuild(home)).startsWith(jar);
    }

    @Test
    void namesTheMissingFolderAndTheBuildCommand() throws IOException {
        file("target/classes/io/streamrank/embedded/BrokerMain.class");

        assertThatThrownBy(() -> BrokerClasspath.ofBuild(home))
                .isInstanceOf(BrokerException.class)
                .hasMessageContaining(home.resolve("target/embedded-broker").toString())
                .hasMessageContaining("mvn -Dquick -DskipTests package");
    }

    @Test
    void findsTheBrokerInATestsOwnClassPath() {
        assertThat(BrokerClasspath.ofThisJvm())
                .anyMatch(entry -> entry.getFileName().toString().startsWith("kafka_2.13"))
                .anyMatch(entry -> Files.exists(entry.resolve("io/streamrank/embedded/BrokerMain.class")))
                .allMatch(Path::isAbsolute);
    }

    private Path file(String path) throws IOException {
        Path file = home.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.createFile(file);
    }
}
