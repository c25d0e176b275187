"""What acts: one package a skill, each with its provider. A skill knows no other skill, no store and no model."""
