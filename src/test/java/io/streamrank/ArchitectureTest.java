package io.streamrank;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import org.junit.jupiter.api.Test;

/** Who may know whom. */
class ArchitectureTest {
    /** Read once: reading them takes longer than all questions. */
    private static final JavaClasses CLASSES =
            new ClassFileImporter().withImportOption(new DoNotIncludeTests()).importPackages("io.streamrank");

    @Test
    void roomsKnowOnlyWhomTheyMay() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("events")
                .definedBy("io.streamrank.events..")
                .layer("contract")
                .definedBy("io.streamrank.contract..")
                .layer("batch")
                .definedBy("io.streamrank.batch..")
                .layer("model")
                .definedBy("io.streamrank.model..")
                .layer("registry")
                .definedBy("io.streamrank.registry..")
                .layer("ingest")
                .definedBy("io.streamrank.ingest..")
                .layer("replay")
                .definedBy("io.streamrank.replay..")
                .layer("throughput")
                .definedBy("io.streamrank.throughput..")
                .layer("streams")
                .definedBy("io.streamrank.streams..")
                .layer("telemetry")
                .definedBy("io.streamrank.telemetry..")
                .layer("embedded")
                .definedBy("io.streamrank.embedded..")
                .layer("fetch")
                .definedBy("io.streamrank.fetch..")
                .layer("http")
                .definedBy("io.streamrank.http..")
                .layer("cli")
                .definedBy("io.streamrank.cli..")
                .whereLayer("contract")
                .mayOnlyAccessLayers("events")
                .whereLayer("batch")
                .mayOnlyAccessLayers("contract")
                .whereLayer("model")
                .mayOnlyAccessLayers("contract")
                .whereLayer("registry")
                .mayOnlyAccessLayers("contract")
                .whereLayer("ingest")
                .mayOnlyAccessLayers("contract", "batch", "model")
                .whereLayer("replay")
                .mayOnlyAccessLayers("contract", "batch", "model", "ingest", "streams")
                .whereLayer("throughput")
                .mayOnlyAccessLayers("contract", "streams")
                .whereLayer("streams")
                .mayNotAccessAnyLayer()
                .whereLayer("telemetry")
                .mayOnlyAccessLayers("contract", "model", "ingest", "throughput")
                .whereLayer("http")
                .mayOnlyAccessLayers("contract", "model", "ingest", "throughput")
                .whereLayer("fetch")
                .mayNotAccessAnyLayer()
                .whereLayer("embedded")
                .mayNotAccessAnyLayer()
                .whereLayer("events")
                .mayOnlyBeAccessedByLayers("contract")
                .check(CLASSES);
    }

    @Test
    void djlStaysInTheModelRoom() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.streamrank.model..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("ai.djl..")
                .check(CLASSES);
    }

    @Test
    void theBrokerStaysInItsBox() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.streamrank.embedded..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("kafka..", "scala..", "org.apache.kafka.server..", "org.apache.kafka.metadata..")
                .check(CLASSES);
    }

    @Test
    void streamsAndHistogramsStayWhereThingsAreAddedUp() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "io.streamrank.throughput..", "io.streamrank.replay..", "io.streamrank.streams..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.kafka.streams..", "org.HdrHistogram..")
                .check(CLASSES);
    }

    @Test
    void meteringAndTracingStayInTheTelemetryRoom() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.streamrank.telemetry..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.micrometer..", "io.prometheus..", "io.opentelemetry..")
                .check(CLASSES);
    }

    @Test
    void theServerStaysInTheHttpRoom() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.streamrank.http..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.vertx..", "io.netty..", "org.jose4j..")
                .check(CLASSES);
    }

    @Test
    void theFrameworkStaysAtTheEdge() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.streamrank.cli..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.quarkus..", "jakarta..", "picocli..")
                .check(CLASSES);
    }
}
