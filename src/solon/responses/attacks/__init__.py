"""Tests of what a constitution forbids: prompts that try to have it broken, their benign twins, wrappers, dialogues."""
