package io.streamrank.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import io.streamrank.model.TensorFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The weighted mean of checkpoints' weights: one checkpoint that costs as much as each of them to serve. It is good where
 * one was trained from the other, or both from the same, so that no hill of the loss lies between them (Wortsman et al.,
 * Model soups, https://arxiv.org/abs/2203.05482, and Robust fine-tuning of zero-shot models,
 * https://arxiv.org/abs/2109.01903).
 */
final class WeightAverage {
    private static final List<String> SAME = List.of("tokenizer.json", CheckpointWriter.RERANKER);

    private final List<Path> folders;
    private final List<TensorFile> files;
    private final double[] shares;

    /**
     * Opens checkpoints and sees that they fit.
     *
     * @param folders two or more; config and tokenizer are the first one's
     * @param shares how much of each, positive, in any unit
     * @throws IllegalArgumentException where they differ in what the mean cannot bridge: tensors, shapes, tokenizers,
     *     how pairs are read
     */
    WeightAverage(List<Path> folders, double[] shares) throws IOException {
        if (folders.size() < 2 || shares.length != folders.size()) {
            throw new IllegalArgumentException("a mean takes two checkpoints or more and as many shares; there are "
                    + folders.size() + " checkpoints and " + shares.length + " shares");
        }
        double sum = Arrays.stream(shares).sum();
        if (Arrays.stream(shares).anyMatch(share -> !(share > 0)) || !Double.isFinite(sum)) {
            throw new IllegalArgumentException(
                    "shares are " + Arrays.toString(shares) + "; each has to be above 0 and finite");
        }
        this.folders = List.copyOf(folders);
        this.shares = Arrays.stream(shares).map(share -> share / sum).toArray();
        files = new ArrayList<>();
        for (Path folder : folders) {
            files.add(TensorFile.open(folder.resolve(CheckpointWriter.WEIGHTS)));
            requireAlike(folder, files.get(files.size() - 1));
        }
    }

    private void requireAlike(Path folder, TensorFile file) throws IOException {
        Path first = folders.get(0);
        for (String name : SAME) {
            if (!content(first.resolve(name)).equals(content(folder.resolve(name)))) {
                throw new IllegalArgumentException(name + " of " + folder + " is another than that of " + first
                        + ": their weights mean other things");
            }
        }
        TensorFile wanted = files.get(0);
        if (!wanted.names().equals(file.names())) {
            throw new IllegalArgumentException(
                    folder + " has other tensors than " + first + ", for example " + odd(wanted, file));
        }
        for (String name : wanted.names()) {
            if (!wanted.shape(name).equals(file.shape(name))) {
                throw new IllegalArgumentException("tensor " + name + " of " + folder + " is " + file.shape(name)
                        + ", that of " + first + " is " + wanted.shape(name));
            }
        }
    }

    private static JsonNode content(Path file) throws IOException {
        return Files.exists(file) ? CheckpointWriter.readJson(file) : NullNode.getInstance();
    }

    private static String odd(TensorFile one, TensorFile other) {
        return one.names().stream()
                .filter(name -> !other.names().contains(name))
                .findFirst()
                .orElseGet(() -> other.names().stream()
                        .filter(name -> !one.names().contains(name))
                        .findFirst()
                        .orElseThrow());
    }

    /** Writes the mean as a checkpoint folder, in place of one of that name. Sums are made in float64. */
    void write(Path output, TensorFile.Type type) throws IOException {
        List<TensorFile.Entry> entries = files.get(0).names().stream()
                .map(name -> new TensorFile.Entry(
                        name, files.get(0).shape(name), () -> CheckpointWriter.requireHeld(name, type, mean(name))))
                .toList();
        Folders.replace(output, folder -> {
            CheckpointWriter.copyCompanions(folders.get(0), folder, type);
            TensorFile.write(folder.resolve(CheckpointWriter.WEIGHTS), type, entries);
        });
    }

    private float[] mean(String name) {
        double[] sums = new double[files.get(0).numbers(name).length];
        for (int i = 0; i < files.size(); i++) {
            float[] numbers = files.get(i).numbers(name);
            for (int j = 0; j < sums.length; j++) {
                sums[j] += shares[i] * numbers[j];
            }
        }
        float[] mean = new float[sums.length];
        for (int j = 0; j < sums.length; j++) {
            mean[j] = (float) sums[j];
        }
        return mean;
    }
}
