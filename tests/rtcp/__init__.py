"""Tests of RTP and RTCP as an observer reads them: published vectors, any bytes, whole streams."""
