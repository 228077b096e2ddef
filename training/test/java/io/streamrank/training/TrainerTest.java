package io.streamrank.training;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.streamrank.model.PairLimits;
import io.streamrank.model.Trainable;
import io.streamrank.training.data.ListScorer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {
    private static final BatchSource SOURCE = BatchSource.cycling(GoldenCheckpoint.examples(6, 6, 3), 2);

    private static final LearnerSettings LEARNER = GoldenCheckpoint.exact()
            .withDropout(0.1, 0.1)
            .withMicroBatchTokens(48)
            .withOptimizer(OptimizerSettings.defaults()
                    .withLearningRate(1e-3)
                    .withClipNorm(1)
                    .withAverageDecay(0.5));

    /** For what happens in a run to stop it. */
    private static final class Stopper {
        private @Nullable Trainer trainer;

        Trainer of(Trainer stopped) {
            trainer = stopped;
            return stopped;
        }

        void stop() {
            requireNonNull(trainer).stop();
        }
    }

    @TempDir
    private Path folder = Path.of("");

    @Test
    void endsWithTheSameWeightsWhetherStoppedOrNot() throws IOException {
        TrainerSettings settings = TrainerSettings.of(6).withAccumulate(2).withInBatchNegatives(1);
        Function<Learner, Quality> evaluation = learner -> Quality.of("steps", -learner.steps());
        Path whole = folder.resolve("whole");
        Path stopped = folder.resolve("stopped");
        with(learner -> trainer(learner, settings, whole, evaluation).run());

        with(learner -> trainer(learner, settings, stopped, evaluation).run(3));
        with(learner -> {
            Trainer trainer = trainer(learner, settings, stopped, evaluation).resumed();
            assertThat(trainer.step()).isEqualTo(3);
            trainer.run();
        });

        for (String file : List.of(
                "last/model.safetensors",
                "last/optimizer.safetensors",
                "last/progress.json",
                "best/model.safetensors")) {
            assertThat(stopped.resolve(file)).hasSameBinaryContentAs(whole.resolve(file));
        }
        assertThat(whole).isDirectoryNotContaining("glob:**{unfinished,replaced}");
    }

    @Test
    void losesNothingWhenStoppedInAStepOrInAnEvaluation() throws IOException {
        TrainerSettings settings = TrainerSettings.of(6).withAccumulate(2).every(2, 0);
        Path whole = folder.resolve("whole");
        Path stopped = folder.resolve("stopped");
        Function<Learner, Quality> evaluation = learner -> Quality.of("steps", -learner.steps());
        with(learner -> trainer(learner, settings, whole, evaluation).run());

        Stopper stopper = new Stopper();
        with(learner -> {
            Trainer trainer = stopper.of(trainer(learner, settings, stopped, each -> {
                stopper.stop();
                throw new CancellationException();
            }));
            trainer.run();

            assertThat(trainer.finished()).isFalse();
            assertThat(trainer.step()).isEqualTo(2);
        });
        with(learner -> {
            BatchSource stopping = batch -> new Iterator<>() {
                private final Iterator<List<Example>> batches = SOURCE.from(batch);
                private long next = batch;

                @Override
                public boolean hasNext() {
                    if (next == 7) {
                        stopper.stop();
                    }
                    return true;
                }

                @Override
                public List<Example> next() {
                    next++;
                    return batches.next();
                }
            };
            Trainer trainer = stopper.of(new Trainer(learner, stopping, settings, stopped, evaluation, List.of()));
            trainer.resumed().run();

            assertThat(trainer.finished()).isFalse();
            assertThat(trainer.step()).isBetween(2L, 3L);
        });
        with(learner -> {
            Trainer last = trainer(learner, settings, stopped, evaluation).resumed();
            last.run();

            assertThat(last.finished()).isTrue();
        });

        for (String file : List.of("last/model.safetensors", "last/optimizer.safetensors", "last/progress.json")) {
            assertThat(stopped.resolve(file)).hasSameBinaryContentAs(whole.resolve(file));
        }
        assertThat(stopped.resolve("best/model.safetensors"))
                .hasSameBinaryContentAs(whole.resolve("best/model.safetensors"));
    }

    @Test
    void keepsTheBestCheckpointAndTellsHowItGoes() throws IOException {
        List<String> told = new ArrayList<>();
        TrainingObserver observer = new TrainingObserver() {
            @Override
            public void stepped(StepMetrics metrics) {
                told.add("step " + metrics.step() + " of " + metrics.steps());
                assertThat(metrics.pairs()).isEqualTo(5);
                assertThat(metrics.tokens()).isGreaterThan(metrics.pairs());
                assertThat(metrics.pairsPerSecond()).isPositive();
                assertThat(metrics.result().loss()).isPositive();
                assertThat(metrics.left().isZero()).isEqualTo(metrics.step() == metrics.steps());
            }

            @Override
            public void evaluated(long step, Quality quality, boolean best) {
                told.add("evaluated " + quality.value() + (best ? " best" : ""));
            }

            @Override
            public void saved(long step, Path written) {
                told.add("saved " + written.getFileName());
            }
        };
        with(learner -> {
            Trainer trainer = new Trainer(
                    learner,
                    SOURCE,
                    TrainerSettings.of(3).every(1, 2),
                    folder,
                    each -> Quality.of("steps", each.steps() == 2 ? 2 : 1),
                    List.of(observer));

            assertThat(trainer.run()).isEqualTo(2);
        });

        assertThat(told)
                .containsExactly(
                        "step 1 of 3",
                        "saved best",
                        "evaluated 1.0 best",
                        "step 2 of 3",
                        "saved best",
                        "evaluated 2.0 best",
                        "saved last",
                        "step 3 of 3",
                        "evaluated 1.0",
                        "saved last");
    }

    @Test
    void skipsSpikesAndEndsAfterTooMany() throws IOException {
        TrainerSettings settings = TrainerSettings.of(20).withSpikes(0.01, 2, 3).every(0, 2);

        with(learner -> assertThatThrownBy(
                        () -> trainer(learner, settings, folder, null).run())
                .isInstanceOf(TrainingException.class)
                .hasMessageContaining("step 6")
                .hasMessageContaining("4th step in a row"));

        with(learner -> {
            Trainer good = trainer(learner, settings, folder, null).resumed();
            assertThat(good.step()).isEqualTo(2);
            assertThat(learner.steps()).isEqualTo(2);
        });
    }

    @Test
    void leavesFiniteWeightsToGoOnFromWhereNoSnapshotWasAskedFor() throws IOException {
        TrainerSettings settings = TrainerSettings.of(20).withSpikes(0.01, 2, 3);

        with(learner -> assertThatThrownBy(
                        () -> trainer(learner, settings, folder, null).run())
                .isInstanceOf(TrainingException.class)
                .hasMessageContaining("4th step in a row")
                .hasMessageContaining(folder.resolve("last") + " holds the weights as step 2 left them"));

        with(learner -> {
            Trainer resumed = trainer(learner, settings, folder, null).resumed();
            assertThat(resumed.step()).isEqualTo(6);
            assertThat(learner.steps()).isEqualTo(2);
            assertThat(learner.isFinite()).isTrue();
        });
    }

    @Test
    void writesNoWeightsThatAreNoNumbersAndNamesNoFolderThatIsNotThere() throws IOException {
        TrainerSettings settings = TrainerSettings.of(20).withSpikes(0, 1, 3);
        with(learner -> {
            TrainingObserver spoiling = new TrainingObserver() {
                @Override
                public void stepped(StepMetrics metrics) {
                    learner.put(Learner.Table.WEIGHTS, 0, new float[] {Float.POSITIVE_INFINITY});
                }
            };

            for (int steps : List.of(1, 20)) {
                assertThatThrownBy(() -> new Trainer(
                                        learner,
                                        SOURCE,
                                        steps == 1 ? TrainerSettings.of(1) : settings,
                                        folder,
                                        null,
                                        List.of(spoiling))
                                .run())
                        .isInstanceOf(TrainingException.class)
                        .hasMessageContaining("There is no snapshot to go on from")
                        .hasMessageNotContaining("last");
            }
        });

        assertThat(folder.resolve("last")).doesNotExist();
        assertThat(folder.resolve("best")).doesNotExist();
    }

    @Test
    void savesAStoppedRunWhoseLastStepWasSkipped() throws IOException {
        Stopper stopper = new Stopper();
        TrainingObserver stopping = new TrainingObserver() {
            @Override
            public void stepped(StepMetrics metrics) {
                if (metrics.step() == 5) {
                    assertThat(metrics.result().skipped()).isTrue();
                    stopper.stop();
                }
            }
        };
        TrainerSettings settings =
                TrainerSettings.of(40).withSpikes(0.01, 2, 30).every(0, 2);

        with(learner -> {
            Trainer trainer = stopper.of(new Trainer(learner, SOURCE, settings, folder, null, List.of(stopping)));
            trainer.run();
            assertThat(trainer.finished()).isFalse();
        });

        assertThat(folder.resolve("last/progress.json")).content().contains("\"step\" : 5");
    }

    @Test
    void isStoppedInTheEvaluationBeforeItsFirstStep() throws IOException {
        Stopper stopper = new Stopper();
        with(learner -> {
            Trainer trainer = stopper.of(trainer(learner, TrainerSettings.of(3), folder, each -> {
                stopper.stop();
                throw new CancellationException();
            }));

            trainer.evaluateStart();
            trainer.run();

            assertThat(trainer.finished()).isFalse();
        });

        with(learner -> {
            Trainer resumed =
                    trainer(learner, TrainerSettings.of(3), folder, null).resumed();
            assertThat(resumed.step()).isZero();
            assertThat(resumed.evaluatedStep()).isNegative();
        });
    }

    @Test
    void evaluatesNoStepTwice() throws IOException {
        List<Long> evaluated = new ArrayList<>();
        TrainingObserver observer = new TrainingObserver() {
            @Override
            public void evaluated(long step, Quality quality, boolean best) {
                evaluated.add(step);
            }
        };
        for (int i = 0; i < 2; i++) {
            with(learner -> {
                Trainer trainer = new Trainer(
                                learner,
                                SOURCE,
                                TrainerSettings.of(4).every(2, 2),
                                folder,
                                each -> Quality.of("steps", each.steps()),
                                List.of(observer))
                        .resumed();
                trainer.evaluateStart();
                trainer.evaluateStart();
                assertThat(trainer.run()).isEqualTo(4);
                assertThat(trainer.finished()).isTrue();
            });
        }

        assertThat(evaluated).containsExactly(0L, 2L, 4L);
    }

    @Test
    void countsAnEvaluationToNoStep() throws IOException {
        Duration evaluating = Duration.ofSeconds(4);
        List<Duration> took = new ArrayList<>();
        TrainingObserver observer = new TrainingObserver() {
            @Override
            public void stepped(StepMetrics metrics) {
                took.add(metrics.took());
            }
        };
        Function<Learner, Quality> slow = each -> {
            LockSupport.parkNanos(evaluating.toNanos());
            return Quality.of("steps", each.steps());
        };
        with(learner ->
                new Trainer(learner, SOURCE, TrainerSettings.of(2).every(1, 0), folder, slow, List.of(observer)).run());

        assertThat(took).hasSize(2).allSatisfy(time -> assertThat(time).isLessThan(evaluating));
    }

    @Test
    void keepsTheLastGoodCheckpointsWhenTheLossIsNoNumber() throws IOException {
        TrainerSettings settings = TrainerSettings.of(30).withSpikes(0, 1, 4).every(2, 2);
        Function<Learner, Quality> evaluation = each -> Quality.of("steps", each.steps());
        Path sound = folder.resolve("sound");
        with(learner -> trainer(learner, settings, sound, evaluation).run(4));

        with(learner -> assertThatThrownBy(() -> {
                    TrainingObserver spoiling = new TrainingObserver() {
                        @Override
                        public void saved(long step, Path written) {
                            if (step == 4 && written.endsWith("last")) {
                                learner.put(Learner.Table.WEIGHTS, 0, new float[] {Float.NaN});
                            }
                        }
                    };
                    new Trainer(learner, SOURCE, settings, folder.resolve("spoilt"), evaluation, List.of(spoiling))
                            .run();
                })
                .isInstanceOf(TrainingException.class)
                .hasMessageContaining("step 9: loss NaN")
                .hasMessageContaining("5th step in a row")
                .hasMessageContaining("go on from it with a lower learning rate"));

        for (String file : List.of("last/model.safetensors", "last/progress.json", "best/model.safetensors")) {
            assertThat(folder.resolve("spoilt").resolve(file)).hasSameBinaryContentAs(sound.resolve(file));
        }
    }

    @Test
    void keepsTheLastGoodCheckpointsWhenAnEvaluationFails() throws IOException {
        Function<Learner, Quality> evaluation = each -> {
            if (each.steps() == 4) {
                each.put(Learner.Table.WEIGHTS, 0, new float[] {Float.NaN});
            }
            each.scorer().score(List.of(new ListScorer.Unscored("river", List.of("stone"))));
            return Quality.of("steps", each.steps());
        };

        with(learner -> assertThatThrownBy(
                        () -> trainer(learner, TrainerSettings.of(9).every(2, 2), folder, evaluation)
                                .run())
                .isInstanceOf(TrainingException.class)
                .hasMessageContaining("step 4: the model gave a score of NaN"));

        assertThat(folder.resolve("last/progress.json")).content().contains("\"step\" : 2");
        assertThat(folder.resolve("best/model.safetensors")).exists();
    }

    @Test
    void writesNothingThatIsNoNumberOverWhatWasGood() throws IOException {
        for (Learner.Table table : List.of(Learner.Table.WEIGHTS, Learner.Table.SECOND_MOMENT)) {
            Path to = folder.resolve(table.name());
            with(learner -> {
                TrainingObserver spoiling = new TrainingObserver() {
                    @Override
                    public void stepped(StepMetrics metrics) {
                        if (metrics.step() == 4) {
                            learner.put(table, 0, new float[] {Float.POSITIVE_INFINITY});
                        }
                    }
                };
                assertThatThrownBy(() -> new Trainer(
                                        learner, SOURCE, TrainerSettings.of(6).every(3, 2), to, null, List.of(spoiling))
                                .run())
                        .isInstanceOf(TrainingException.class)
                        .hasMessageContaining("step 4: weights, or what the optimizer keeps of them")
                        .hasMessageContaining(to.resolve("last") + " is as it was");
            });

            assertThat(to.resolve("last/progress.json")).content().contains("\"step\" : 2");
        }
    }

    @Test
    void losesNothingToAnEvaluationThatFails() throws IOException {
        TrainerSettings settings = TrainerSettings.of(4);
        Path whole = folder.resolve("whole");
        Path failed = folder.resolve("failed");
        Function<Learner, Quality> sound = each -> Quality.of("steps", each.steps());
        with(learner -> trainer(learner, settings, whole, sound).run());

        with(learner -> assertThatThrownBy(() -> trainer(learner, settings, failed, each -> {
                            throw new IllegalStateException("out of room");
                        })
                        .run())
                .hasMessage("out of room"));
        with(learner -> {
            Trainer resumed = trainer(learner, settings, failed, sound).resumed();
            assertThat(resumed.step()).isEqualTo(4);
            assertThat(resumed.run()).isEqualTo(4);
        });

        for (String file : List.of("last/progress.json", "last/optimizer.safetensors", "best/model.safetensors")) {
            assertThat(failed.resolve(file)).hasSameBinaryContentAs(whole.resolve(file));
        }
    }

    @Test
    void endsWhereTheBatchesEnd() throws IOException {
        BatchSource two = batch -> List.of(GoldenCheckpoint.examples(1, 2, 2), GoldenCheckpoint.examples(2, 2, 2))
                .listIterator((int) batch);
        with(learner -> {
            Trainer trainer = new Trainer(learner, two, TrainerSettings.of(9), folder, null, List.of());
            trainer.run();

            assertThat(trainer.step()).isEqualTo(2);
            assertThat(Files.exists(folder.resolve("best/model.safetensors"))).isTrue();
        });
    }

    @Test
    void countsPairsOfWhichNothingCanBeLearnt() throws IOException {
        List<Integer> indistinct = new ArrayList<>();
        TrainingObserver observer = new TrainingObserver() {
            @Override
            public void stepped(StepMetrics metrics) {
                indistinct.add(metrics.indistinct());
            }
        };
        Passage twice = new Passage("moon", 0);
        BatchSource source = BatchSource.cycling(
                List.of(new Example("slow river ".repeat(50), List.of(new Passage("iron stone", 1), twice, twice))), 1);
        for (int query : List.of(0, 8)) {
            try (Trainable trainable = Trainable.open(GoldenCheckpoint.folder("mamba"), new PairLimits(40, query, 0));
                    Learner learner = Learner.of(trainable, LEARNER)) {
                new Trainer(learner, source, TrainerSettings.of(1), folder, null, List.of(observer)).run();
            }
        }

        assertThat(indistinct).containsExactly(3, 0);
    }

    @Test
    void addsUpBatchesAsIfTheyWereOne() throws IOException {
        List<Example> examples = GoldenCheckpoint.examples(6, 6, 3);
        List<Double> losses = new ArrayList<>();
        for (int accumulate : List.of(1, 3)) {
            try (Trainable trainable = GoldenCheckpoint.open("bert");
                    Learner learner = Learner.of(trainable, LEARNER.withDropout(0, 0))) {
                new Trainer(
                                learner,
                                BatchSource.cycling(examples, 6 / accumulate),
                                TrainerSettings.of(2).withAccumulate(accumulate),
                                folder.resolve("by" + accumulate),
                                null,
                                List.of())
                        .run();
                losses.add(learner.loss(examples.stream().map(learner::encode).toList()));
            }
        }

        assertThat(losses.get(1)).isCloseTo(losses.get(0), within(1e-5));
    }

    /** A test with a learner of the golden BERT. */
    private interface Use {
        void of(Learner learner) throws IOException;
    }

    private static void with(Use use) throws IOException {
        try (Trainable trainable = GoldenCheckpoint.open("bert");
                Learner learner = Learner.of(trainable, LEARNER)) {
            use.of(learner);
        }
    }

    private static Trainer trainer(
            Learner learner, TrainerSettings settings, Path to, @Nullable Function<Learner, Quality> evaluation) {
        return new Trainer(learner, SOURCE, settings, to, evaluation, List.of());
    }
}
