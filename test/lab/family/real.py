# SPDX-License-Identifier: MIT
SCENES = []
