package io.streamrank.training;

import io.streamrank.model.Parameter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which parameters are trained, and how: all of them in the order in which the device keeps them, trained ones first and
 * those of a {@link ParameterClass} next to each other.
 *
 * @param order all parameters
 * @param begins where each trained parameter begins in the vector of all, and last where the vector ends
 * @param classes the classes of the trained ones in order, and how many parameters each has
 */
record ParameterPlan(List<Parameter> order, List<Integer> begins, Map<ParameterClass, Integer> classes) {
    /** Every parameter begins at a multiple of so many numbers, as {@code trainer.py} lays them out. */
    private static final int ALIGNMENT = 16;

    /** Of a state space, what decay would pull towards forgetting; a matrix among them, so names must say it. */
    private static final Set<String> STATE_SPACE = Set.of("a_log", "d", "dt.bias");

    /** What leads out of the last layer, though it is named for the words' width that it leads to. */
    private static final String AFTER_LAYERS = "embeddings.out.";

    private static final Pattern LAYER = Pattern.compile("((?:layer|decoder)\\.\\d+)\\.(.+)");

    static ParameterPlan of(List<Parameter> parameters, OptimizerSettings settings) {
        Map<String, Integer> heights = heights(parameters);
        Map<ParameterClass, List<Parameter>> members = new LinkedHashMap<>();
        for (Parameter parameter : parameters) {
            members.computeIfAbsent(classOf(parameter, heights, settings), each -> new ArrayList<>())
                    .add(parameter);
        }
        List<Parameter> frozen = members.getOrDefault(ParameterClass.FROZEN, List.of());
        members.remove(ParameterClass.FROZEN);
        List<Parameter> order = new ArrayList<>();
        Map<ParameterClass, Integer> classes = new LinkedHashMap<>();
        members.forEach((each, own) -> {
            order.addAll(own);
            classes.put(each, own.size());
        });
        List<Integer> begins = begins(order);
        order.addAll(frozen);
        return new ParameterPlan(List.copyOf(order), begins, classes);
    }

    private static List<Integer> begins(List<Parameter> trained) {
        List<Integer> begins = new ArrayList<>(List.of(0));
        int end = 0;
        for (Parameter parameter : trained) {
            int size = Math.addExact(parameter.size(), ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
            end = Math.addExact(end, size);
            begins.add(end);
        }
        return List.copyOf(begins);
    }

    /** How many parameters are trained. */
    int trained() {
        return begins.size() - 1;
    }

    /** How long the vector of all is. */
    int numbersInAll() {
        return begins.get(begins.size() - 1);
    }

    /** The layers, counted from 1 at the lowest in the order of the architecture. */
    private static Map<String, Integer> heights(List<Parameter> parameters) {
        Map<String, Integer> heights = new HashMap<>();
        for (Parameter parameter : parameters) {
            Matcher layer = LAYER.matcher(parameter.name());
            if (layer.matches()) {
                heights.putIfAbsent(layer.group(1), heights.size() + 1);
            }
        }
        return heights;
    }

    private static ParameterClass classOf(
            Parameter parameter, Map<String, Integer> heights, OptimizerSettings settings) {
        boolean embedding = isEmbedding(parameter.name());
        if (embedding && settings.freezeEmbeddings()) {
            return ParameterClass.FROZEN;
        }
        Matcher layer = LAYER.matcher(parameter.name());
        boolean inLayer = layer.matches();
        int top = heights.size() + 1;
        int height = embedding ? 0 : inLayer ? heights.getOrDefault(layer.group(1), top) : top;
        boolean decays = parameter.shape().size() > 1
                && !(inLayer && STATE_SPACE.contains(layer.group(2)))
                && (!embedding || settings.decayEmbeddings());
        return new ParameterClass(Math.pow(settings.layerDecay(), top - height), decays ? settings.weightDecay() : 0);
    }

    /** Words, positions, segments, distances, and what belongs to them. */
    private static boolean isEmbedding(String name) {
        return (name.startsWith("embeddings.") && !name.startsWith(AFTER_LAYERS))
                || name.startsWith("relative.")
                || name.equals("decoder.position.weight")
                || name.startsWith("decoder.norm.");
    }

    /** As the device's {@code bind} takes it. */
    double[] numbers() {
        double[] numbers = new double[2 + 4 * classes.size()];
        numbers[0] = trained();
        numbers[1] = classes.size();
        int at = 2;
        int first = 0;
        for (Map.Entry<ParameterClass, Integer> each : classes.entrySet()) {
            numbers[at++] = begins.get(first);
            first += each.getValue();
            numbers[at++] = begins.get(first);
            numbers[at++] = each.getKey().rate();
            numbers[at++] = each.getKey().decay();
        }
        return numbers;
    }
}
