package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class ModelSettingsTest {
    @Test
    void leavesEverythingToMachineAndCheckpoint() {
        assertThat(ModelSettings.defaults())
                .isEqualTo(new ModelSettings("auto", "auto", 0, 0, 256L << 20, false, 64L << 20, false, "auto"));
    }

    @Test
    void refusesWhatItDoesNotKnow() {
        ModelSettings settings = ModelSettings.defaults();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings.withDevice("cuda"))
                .withMessage("device is 'cuda', expected auto, cpu, gpu or gpu:0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings.withDtype("float16"))
                .withMessage("dtype is 'float16', expected auto, float32 or bfloat16");
        assertThatIllegalArgumentException().isThrownBy(() -> settings.withMaxLength(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> settings.withThreads(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> settings.withTokenCache(-1));
    }

    @Test
    void refusesADeviceThatIsNotThere() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Rerankers.load(
                        Golden.read("bert").folder(),
                        "x",
                        ModelSettings.defaults().withDevice("gpu:99")))
                .withMessageContaining("device is gpu:99, but libtorch sees ");
    }

    @Test
    void takesTheCpuInsteadWhereThatIsAllowed() {
        Golden golden = Golden.read("bert");
        ModelSettings settings = ModelSettings.defaults()
                .withDevice("gpu:99")
                .withDtype("float32")
                .withCpuFallback(true);

        try (Reranker reranker = Rerankers.load(golden.folder(), "x", settings)) {
            assertThat(reranker.device()).isEqualTo("cpu");
        }
    }
}
