/**
 * What a training run leaves behind and shows: its folder with settings, versions, metrics, TensorBoard events and plots,
 * its progress on the console, and how well it ranks while it learns.
 */
@NullMarked
package io.streamrank.training.run;

import org.jspecify.annotations.NullMarked;
